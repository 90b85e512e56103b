"""The board of contest results. A job sums earlier prizes. Conditions no longer list the boards."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunPython
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state_apps import StateApps

from community.kernel import clock, db
from community.kernel.ddl import Ddl, replace_check

_BOARDS = "board IN ('POINTS', 'PUBLISHED', 'LIKES', 'REVIEWS', 'ENDORSEMENTS_GIVEN')"


async def recount(apps: StateApps, editor: BaseSchemaEditor) -> None:
    """Let a job sum the boards again, if there is anything to sum."""
    del apps
    _, found = await editor.client.execute_query("SELECT 1 AS one FROM leaderboard_score LIMIT 1")
    if found:
        await db.execute(
            "INSERT INTO outbox_effect (name, args, created_at, due_at)"
            " VALUES ('leaderboards.recount_all', '{}', $1, $1)",
            clock.now(),
        )


class Migration(Base):
    operations = [
        Ddl(
            *(
                replace_check(f"leaderboard_{table}", f"leaderboard_{table}_board", was=_BOARDS, now="board <> ''")
                for table in ("score", "closing")
            )
        ),
        RunPython(recount),
    ]
