"""Withdrawals of credentials."""

from tortoise.migrations.migration import Migration as Base

from community.kernel.ddl import Ddl, replace_check

_STATES = "state IN ('APPLIED', 'VERIFIED', 'REFUSED', 'SUSPENDED', 'EXPIRED'{})"
_RECORDED = (
    "recorded IN ('CURRENT', 'WITHDRAWN', 'NOT_PUBLIC',{}'TEXT_CHANGED', 'EXPERT_GONE', 'CREDENTIAL_SUSPENDED',"
    " 'CREDENTIAL_EXPIRED'{})"
)


class Migration(Base):
    operations = [
        Ddl(
            replace_check(
                "credential", "credential_state", was=_STATES.format(""), now=_STATES.format(", 'WITHDRAWN'")
            ),
            replace_check(
                "endorsement",
                "endorsement_recorded",
                # With the line break of the earlier migration.
                was=_RECORDED.format("\n                    ", ""),
                now=_RECORDED.format(" ", ", 'CREDENTIAL_WITHDRAWN'"),
            ),
        )
    ]
