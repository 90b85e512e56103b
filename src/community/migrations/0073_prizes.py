"""Rewards and badges as prizes of events."""

from tortoise.migrations.migration import Migration as Base

from community.kernel.ddl import Ddl, add_checks


class Migration(Base):
    operations = [
        Ddl(
            "ALTER TABLE redemption ADD COLUMN prize_key TEXT",
            "CREATE UNIQUE INDEX redemption_prize ON redemption (community_id, prize_key) WHERE prize_key IS NOT NULL",
            add_checks(
                "redemption",
                redemption_free="prize_key IS NULL OR (price = 0 AND quantity = 1 AND kind IN ('COUPON', 'GOODS'))",
            ),
            "ALTER TABLE event_prize ADD COLUMN reward_id BIGINT REFERENCES reward (id)",
            "ALTER TABLE event_prize ADD COLUMN redemption_id BIGINT REFERENCES redemption (id)",
            "ALTER TABLE event_prize ADD COLUMN has_badge BOOLEAN NOT NULL DEFAULT FALSE",
            add_checks("event_prize", event_prize_redeemed="redemption_id IS NULL OR reward_id IS NOT NULL"),
            "CREATE INDEX event_prize_reward ON event_prize (reward_id, id) WHERE reward_id IS NOT NULL",
            "CREATE INDEX event_prize_redemption ON event_prize (redemption_id, id) WHERE redemption_id IS NOT NULL",
        )
    ]
