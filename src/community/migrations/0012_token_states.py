"""Service tokens expire and may need approval. The audit trail is read by community.

Tokens from before work for 90 days after the upgrade, and count as approved.
"""

from tortoise.migrations.migration import Migration as Base

from community.kernel.ddl import Ddl, Statement

TOKENS: tuple[Statement, ...] = (
    # A column that is added needs a constant default on SQLite. Every row then gets its own time.
    "ALTER TABLE service_token ADD COLUMN expires_at TIMESTAMPTZ NOT NULL DEFAULT '2027-02-28 00:00:00+00:00'",
    {
        "postgres": ("UPDATE service_token SET expires_at = CURRENT_TIMESTAMP + INTERVAL '90 days'",),
        "sqlite": (
            "UPDATE service_token SET expires_at = strftime('%Y-%m-%d %H:%M:%S', 'now', '+90 days') || '+00:00'",
        ),
    },
    "ALTER TABLE service_token ADD COLUMN approved_at TIMESTAMPTZ",
    "ALTER TABLE service_token ADD COLUMN approved_by BIGINT REFERENCES membership (id)",
    "ALTER TABLE service_token ADD COLUMN last_used_at TIMESTAMPTZ",
    "UPDATE service_token SET approved_at = created_at",
    "CREATE INDEX audit_event_community ON audit_event (community_id, id)",
)


class Migration(Base):
    operations = [Ddl(*TOKENS)]
