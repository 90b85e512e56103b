"""Draws of prizes."""

from tortoise.migrations.migration import Migration as Base

from community.kernel.ddl import Ddl, replace_check

TIERS = "tier IN ('GOLD', 'SILVER', 'BRONZE'{})"


class Migration(Base):
    operations = [
        Ddl(
            "ALTER TABLE event ADD COLUMN draw_seed TEXT",
            "ALTER TABLE event ADD COLUMN draw_commitment TEXT",
            replace_check("event_prize", "event_prize_tier", was=TIERS.format(""), now=TIERS.format(", 'DRAWN'")),
            replace_check(
                "event_entry",
                "event_entry_tier",
                was=f"tier IS NULL OR {TIERS.format('')}",
                now=f"tier IS NULL OR {TIERS.format(', ' + repr('DRAWN'))}",
            ),
        )
    ]
