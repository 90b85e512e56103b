"""Enumerations of events in the graph."""

from __future__ import annotations

from community.api.declare import declare_enum
from community.events.conditions import EntryCondition
from community.events.kinds import EntryState, EventKind, EventPart, EventState, Formula, JuryCriterion, PrizeTier

declare_enum(
    EventKind,
    values={
        "PHOTO_CONTEST": "摄影比赛: members vote for pictures.",
        "STORY_CALL": "故事征集: leaders pick the winners.",
        "ACTIVITY": "线下活动: members sign up for places, and say by a code that they came.",
        "CHECK_IN_CHALLENGE": "打卡挑战: members check in on each day.",
        "RIDDLES": "猜灯谜: members answer questions whose answers are secret.",
    },
)
declare_enum(
    EventState,
    values={
        "DRAFT": "Visible only to leaders.",
        "ANNOUNCED": "Visible, and not open yet.",
        "OPEN": "Members enter.",
        "VOTING": "Members vote.",
        "JUDGING": "Leaders look at the entries, and pick the winners of a story call.",
        "CLOSED": "It has a result.",
        "CANCELLED": "It ended without a result.",
    },
)
declare_enum(
    EntryState,
    values={
        "ENTERED": "It takes part.",
        "WAITING": "It waits for a place of an activity.",
        "WITHDRAWN": "The member withdrew it.",
        "DISQUALIFIED": "A leader excluded it with a reason.",
    },
)
declare_enum(
    PrizeTier,
    values={
        "GOLD": "First tier. The earning rule EVENT_PRIZE has its points.",
        "SILVER": "Second tier.",
        "BRONZE": "Third tier.",
        "DRAWN": "抽奖: drawn among those without another prize.",
    },
)
declare_enum(
    Formula,
    name="EventFormula",
    values={
        "VOTES": "More votes come first, and of equal votes the earlier entry. A member gets at most one prize."
        " An entry without votes gets none.",
        "VOTES_AND_JURY": "A higher score comes first, and of equal scores the earlier entry. The score combines votes"
        " and the points of the jury by its weight. Votes decide alone if an entry has fewer jurors than the quorum.",
        "PICKED": "Leaders pick the prizes. In one tier the earlier entry comes first.",
        "ATTENDED": "It has the members who came, in the order of signing up.",
        "DAYS": "More days with a check-in come first, then the longer streak, then the earlier entry. An entry without"
        " such a day gets no prize.",
        "RIGHT": "More right answers come first, then fewer tries, then the earlier entry. An entry without a right"
        " answer gets no prize.",
    },
)
declare_enum(
    JuryCriterion,
    values={
        "THEME": "切题: it keeps to the theme.",
        "STORY": "故事: it tells something.",
        "COMPOSITION": "构图: its parts are arranged well.",
        "CREATIVITY": "创意: it shows something new.",
        "TECHNIQUE": "技术: it is made well.",
    },
)
declare_enum(
    EventPart,
    values={
        "WORDS": "Title and text.",
        "RULES": "Conditions, votes and prizes.",
        "OPENS_AT": "Time from which members enter.",
        "VOTING_AT": "Time from which members vote.",
        "JUDGING_AT": "Time from which leaders judge.",
        "CLOSES_AT": "Time of the result.",
    },
)
declare_enum(
    EntryCondition,
    values={
        "PUBLISHED": "The submission is published.",
        "KIND": "The submission has an accepted kind.",
        "NUMBER": "The member may enter one more.",
        "SIZE": "Every picture is large enough.",
        "CAPTURED": "Every picture was captured in the given days. One without a date is left to the leaders.",
        "NEW": "No picture was published before the event opened.",
        "MEMBERSHIP": "The member joined early enough.",
    },
)
