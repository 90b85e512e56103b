"""Texts of one line lose the controls of direction and of lines that older releases accepted.

Texts that are sealed, or that must agree with a sealed history, stay. They are closed when they are read.
"""

from tortoise.migrations.migration import Migration as Base

from community.kernel.rewriting import Rewrite, RewrittenColumn
from community.kernel.texts.directions import drop_directions


def _drop(text: str) -> str:
    return drop_directions(text) or text


class Migration(Base):
    operations = [
        Rewrite(RewrittenColumn(table, column, condition=f"{column} <> ''"), _drop)
        for table, column in (
            ("season", "name"),
            ("service_token", "name"),
            ("adjustment", "reason"),
            ("media", "alt_text"),
            ("login_session", "device"),
            ("person", "ban_reason"),
        )
    ]
