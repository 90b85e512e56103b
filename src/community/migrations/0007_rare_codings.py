"""The reason RARE_CODING for a JPEG that browsers cannot show."""

from tortoise.migrations.migration import Migration as Base

from community.kernel.ddl import Ddl, replace_check

_BEFORE = "'NOT_AN_IMAGE', 'BROKEN', 'TOO_MANY_PIXELS', 'TOO_MANY_FRAMES', 'TOO_COMPLEX'"


class Migration(Base):
    operations = [
        Ddl(
            replace_check(
                "media",
                "media_refusal",
                was=f"""
            refusal IN ({_BEFORE})
        """,
                now=f"refusal IN ({_BEFORE}, 'RARE_CODING')",
            )
        )
    ]
