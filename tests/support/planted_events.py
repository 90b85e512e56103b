"""A closed contest with a prize, and errors to plant into it that `community audit` must find."""

from __future__ import annotations

from datetime import timedelta

from community.events import entering, places, prizes
from community.events.kinds import EventKind, EventState
from community.events.tasks import riddles
from community.events.tasks.queries import list_questions
from community.kernel import clock
from tests.support.contests import create_event, enter, hold, move_to, vote
from tests.support.rewards import create_reward
from tests.support.story import create_community

EVENT_ERRORS: list[tuple[str, str]] = [
    ("the seed of a draw is the one whose commitment was published",
     "UPDATE event SET draw_seed = '1', draw_commitment = '2'"),
    ("the reward of a prize is that of its tier in the rules", "UPDATE event_prize SET tier = 'BRONZE'"),
    ("a redemption for nothing is one piece of the reward of its prize",
     "UPDATE redemption SET prize_key = prize_key || '0' WHERE prize_key IS NOT NULL"),
    ("a redemption for nothing is one piece of the reward of its prize",
     "UPDATE event_prize SET membership_id = (SELECT max(id) FROM membership)"),
    ("a prize has the redemption of its entry's prize, which ends when it is taken back",
     "UPDATE event_prize SET redemption_id = (SELECT min(id) FROM redemption) WHERE redemption_id IS NOT NULL"),
    ("a prize has the redemption of its entry's prize, which ends when it is taken back",
     "UPDATE event_prize SET taken_back_at = created_at WHERE taken_back_at IS NULL"),
    ("a vote is for an entry of its event and of another member",
     "UPDATE event_vote SET event_id = event_id + 1"),
    ("a vote is for an entry of its event and of another member",
     "UPDATE event_entry SET membership_id = (SELECT max(membership_id) FROM event_vote)"),
    ("no more members have a place than an activity has", "UPDATE event SET rules = '{{\"capacity\": 0}}'"),
    ("an award for attendance has an attended entry, and is clawed back while it is disqualified",
     "UPDATE event_entry SET attended_at = NULL"),
    ("an award for attendance has an attended entry, and is clawed back while it is disqualified",
     "UPDATE event_entry SET state = 'DISQUALIFIED', ended_at = created_at WHERE attended_at IS NOT NULL"),
    ("an award for an answer has a right and early answer", "DELETE FROM event_answer"),
    ("an award for an answer has a right and early answer", "UPDATE event_answer SET rank = 2"),
    ("the count of a voter is that of the votes", "UPDATE event_voter SET total = total + 1"),
    ("the digest of a result is that of its document", "UPDATE event_result SET document = '{{}}'"),
    ("a closed event has a result, and its entries have the counted votes",
     "UPDATE event_entry SET votes = votes + 1"),
    ("a closed event has a result, and its entries have the counted votes", "DELETE FROM event_result"),
    ("an award for a prize has its prize, which counts until the award is clawed back",
     "UPDATE event_prize SET taken_back_at = created_at"),
    ("an award for a prize has its prize, which counts until the award is clawed back", "DELETE FROM event_prize"),
    ("an award for a prize has its prize, which counts until the award is clawed back",
     "UPDATE event_prize SET taken_back_at = NULL WHERE tier = 'GOLD'"),
]  # fmt: skip


async def build_contest() -> None:
    """Close a contest with two entries, disqualify the winner, and attend an activity, and solve a riddle.

    The first prize is a reward, which both have got.
    """
    place = await create_community(residents=3)
    reward = await create_reward(place)
    event = await create_event(place, gold_reward_id=reward.id)
    first, second = [await enter(event, member, place) for member in place.residents[:2]]
    await move_to(place.leader, event, EventState.VOTING)
    await vote(place.residents[2], first, second)
    await vote(place.leader, first)
    await move_to(place.leader, event, EventState.CLOSED)
    await prizes.grant(place.id, event.id)
    await entering.disqualify(place.leader, first.id, reason="重复")
    await prizes.grant(place.id, event.id)
    with clock.at(clock.now() - timedelta(days=3)):
        activity = await hold(place.leader, EventState.OPEN, EventKind.ACTIVITY)
        signed = await entering.enter(place.resident, activity.id)
    await places.attend(place.resident, signed.id, code=activity.code or "")
    asked = await hold(place.leader, EventState.OPEN, EventKind.RIDDLES, paid_answers=1)
    ((question, _),) = await list_questions([asked.id])
    await riddles.answer(place.resident, question.id, text="雨")
