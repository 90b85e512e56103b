"""Tags and references lose the characters that show nothing and are not ignorable by Unicode."""

from tortoise.migrations.migration import Migration as Base

from community.kernel.rewriting import Rewrite, RewrittenColumn
from community.kernel.texts import fold, fold_reference


class Migration(Base):
    operations = [
        Rewrite(RewrittenColumn("revision_tag", "tag", unique_with=("community_id", "revision_id")), fold),
        Rewrite(
            RewrittenColumn("interaction", "reference", unique_with=("community_id", "kind"), keeps_equal_rows=True),
            fold_reference,
        ),
        Rewrite(RewrittenColumn("interaction", "purchase"), fold_reference),
    ]
