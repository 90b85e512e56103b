"""The permission table: the result of each operation for each role and target.

Every root field and every mutation has a row. An operation with several kinds of input has a row for each, named
`operation kind`. A row builds the input, and lists for each target the result of each role, in the order of ROLES:
`OK`, `NONE` (null) or the code of the refusal. Each cell is a test. A new operation without a row fails the suite.
A `service` has a token of the ordering system instead of a session, with all scopes in the first community.

The targets, seen from the people of the first community:

    OWN         their own thing in their community, or the community itself if the thing has no owner
    ANOTHERS    a thing of another person in their community
    ELSEWHERE   a thing of another community, or that community
    SMUGGLED    a thing of another community, named together with their own community
    OPEN        a community that everyone can join
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from community.accounts import logins, people, sessions
from community.accounts.models import Platform
from community.api import ids
from community.communities import founding as communities_founding
from community.communities import invitations, memberships, profile, queries, service_tokens
from community.communities.models import Role, ServiceScope
from community.communities.queries import MemberRow
from community.communities.sanctions.models import SanctionKind
from community.communities.sanctions.queries import SanctionRow
from community.communities.sanctions.rules import SanctionContent
from community.communities.service_tokens import ServiceTokenRow
from community.communities.settings import JoiningPolicy
from community.communities.trust import service as trust_service
from community.communities.trust.models import TrustEnd
from community.communities.trust.service import TrustRow
from community.consent import documents, guardians
from community.consent.models import ConsentPurpose
from community.conversation import visibility
from community.conversation.cases import build_thing
from community.conversation.queries import CommentRow
from community.events import entering, jury, jury_queries
from community.events import queries as events
from community.events.kinds import EventKind, EventState, JuryCriterion
from community.events.rows import EntryRow, EventRow
from community.events.tasks import queries as task_queries
from community.events.tasks import riddles
from community.experts import credentials
from community.experts import queries as experts
from community.experts.credentials import CredentialAction
from community.experts.queries import CredentialRow
from community.kernel import audit, clock, db
from community.kernel.audit import TrailFilter
from community.kernel.errors import Refusal
from community.kernel.paging import PageRequest
from community.kernel.personal import ErasureContent
from community.kernel.received import ReceivedFile
from community.media import uploads
from community.notices import announcements
from community.notices import queries as notices
from community.points import adjustments, holds, spend
from community.points.earning import editing
from community.points.earning.models import Trigger
from community.points.earning.season_rules import SeasonPlan
from community.points.idempotent import SERVICE_PREFIX, Source
from community.privacy import erasures, exports
from community.review import cases, sanctions, templates, trust
from community.review import service as review
from community.review.appeals import appeals
from community.review.appeals import reports as member_reports
from community.review.appeals.models import AppealedAction, ReportCategory
from community.review.appeals.queries import AppealRow
from community.review.complaints import service as complaints
from community.review.complaints.queries import ComplaintRow
from community.review.complaints.rules import ComplaintContent
from community.review.models import CaseKind, TemplateKind
from community.review.queries import find_last_decisions
from community.review.rules import Approval
from community.review.templates import TemplateContent
from community.rewards import catalogue, redeem
from community.rewards.grants import Order
from community.rewards.kinds import RewardKind
from community.rewards.pick_up import points, verification
from community.rewards.pick_up.rules import PointContent
from community.rewards.pick_up.verification import Handover
from community.rewards.rows import RewardRow
from community.rewards.rules import HAS_STOCK, RewardContent
from community.rewards.special import coupons, reports, slots
from community.safety import lists
from community.safety.entries import Word
from community.settings import Settings
from community.submissions import removal, restoration, write
from community.submissions.models import SubmissionKind
from community.submissions.queries import SubmissionRow
from community.submissions.topics import service as topics
from community.submissions.topics.rules import TopicContent, TopicPlan
from tests.experts.story import apply_for, endorse, hold_note
from tests.support.api import new_key
from tests.support.bank import award
from tests.support.comments import send_comment, send_to_leader, settle
from tests.support.contests import hold, move_to
from tests.support.story import (
    block,
    get_open_case,
    get_revision,
    make_content,
    receive,
    reload_submission,
    start_new_day,
)

ROLES = ("anonymous", "stranger", "member", "leader", "expert", "service")
OWN, ANOTHERS, ELSEWHERE, SMUGGLED, OPEN = "own", "another's", "elsewhere", "smuggled", "open"
OK, NONE = "OK", "NONE"

U, NAM, LO, NF = "UNAUTHENTICATED", "NOT_A_MEMBER", "LEADERS_ONLY", "NOT_FOUND"

EVERYONE = (OK, OK, OK, OK, OK, OK)
LOGGED_IN = (U, OK, OK, OK, OK, U)
MEMBERS = (U, NAM, OK, OK, OK, U)
LEADERS = (U, NAM, LO, OK, LO, U)
NO_MEMBERS = (U, NAM, NAM, NAM, NAM, U)
# A thing names its community. For others it does not exist.
LEADERS_OF_THING = (U, NF, LO, OK, LO, U)
MEMBERS_OF_THING = (U, NF, OK, OK, OK, U)
AUTHORS_OF_THING = (U, NF, *("AUTHORS_ONLY",) * 3, U)
UNKNOWN_THING = (U, NF, NF, NF, NF, U)
READERS = (NF, NF, OK, OK, OK, NF)
NO_READERS = (NF, NF, NF, NF, NF, NF)
SEEN_BY_MEMBERS = (NONE, NONE, OK, OK, OK, NONE)
SEEN_BY_LEADERS = (NONE, NONE, NONE, OK, NONE, NONE)
SEEN_BY_ONESELF = (NONE, OK, OK, OK, OK, NONE)
SEEN_BY_OWNER = (NONE, NONE, OK, OK, OK, NONE)
UNSEEN = (NONE,) * 6
SERVICES = (U, *("SERVICES_ONLY",) * 4, OK)

Given = dict[str, Any]


@dataclass
class World:
    """Two communities with people of every role. Each cell creates the rows that it needs."""

    settings: Settings
    callers: dict[str, int | None] = field(default_factory=dict)
    members: dict[str, MemberRow] = field(default_factory=dict)
    tokens: dict[str, str | None] = field(default_factory=dict)
    here: int = 0
    there: int = 0
    count: int = 0
    codes: dict[int, str] = field(default_factory=dict)
    service: ServiceTokenRow | None = None

    @classmethod
    async def build(cls, settings: Settings) -> World:
        """Create the communities and people, without content."""
        world = cls(settings)
        for name, place in (("", "此"), ("there_", "彼")):
            founding = await communities_founding.create_community(name=place)
            leader = await memberships.join(await world.person(), invitation_code=founding.code)
            world.members[f"{name}leader"] = leader
            for other, role in (("second", Role.LEADER), ("member", None), ("other", None), ("expert", Role.EXPERT)):
                invitation = await invitations.invite(leader, role=role, uses=1)
                member = await memberships.join(await world.person(), invitation_code=invitation.code)
                world.members[f"{name}{other}"] = member
        world.here, world.there = world.members["leader"].community_id, world.members["there_leader"].community_id
        world.callers = {"anonymous": None, "stranger": await world.person()}
        world.callers |= {name: world.members[name].person_id for name in ("member", "leader", "expert")}
        await world.enter_all()
        leader_here = world.members["leader"]
        token = await service_tokens.create(world.members["second"], name="店", scopes=list(ServiceScope))
        await service_tokens.approve(leader_here, token.row.id)
        world.service, world.tokens["service"] = token.row, token.secret
        world.callers["service"] = None
        return world

    async def person(self) -> int:
        """Create a person. Return the id."""
        self.count += 1
        person_id = await logins.login(self.settings, Platform.DEVELOPMENT, f"who-{self.count}")
        self.codes[person_id] = f"who-{self.count}"
        return person_id

    def prove(self, role: str) -> Given:
        """Return a fresh login of a role."""
        return {"platform": "DEVELOPMENT", "code": self.codes.get(self.callers[role] or 0, "nobody")}

    async def enter_all(self) -> None:
        """Start a session for every role."""
        for role, person_id in self.callers.items():
            self.tokens[role] = None if person_id is None else await self.enter(person_id)

    async def enter(self, person_id: int) -> str:
        """Start a session. Return its access token."""
        return (await sessions.begin(self.settings, person_id, Platform.DEVELOPMENT)).access.token

    async def restore(self, row: str, role: str) -> None:
        """Undo an allowed call that changed the role."""
        if row == "communityJoin" and role == "stranger":
            self.callers[role] = await self.person()
            self.tokens[role] = await self.enter(self.callers[role])
        if row == "erasureRequest":
            await erasures.cancel(self.callers[role])
        if row == "memberBlock":  # Who is blocked could read no comment in later rows.
            await db.execute("DELETE FROM member_block")
        if row == "communityLeave" and role in self.members:
            member = self.members[role]
            invitation = await invitations.invite(self.members["second"], role=(member.roles or [None])[0], uses=1)
            self.members[role] = await memberships.join(member.person_id, invitation_code=invitation.code)

    def place(self, target: str) -> str:
        """Return the id of the community that the call names."""
        return ids.encode("Community", self.there if target == ELSEWHERE else self.here)

    def owner(self, role: str, target: str) -> MemberRow:
        """Return the owner of the thing. A stranger owns nothing and gets the thing of a member."""
        if target in (ELSEWHERE, SMUGGLED):
            return self.members["there_other"]
        return self.members[role] if target == OWN and role in self.members else self.members["other"]

    async def draft(self, role: str, target: str) -> SubmissionRow:
        """Create a draft."""
        await start_new_day()
        return await write.create_draft(self.owner(role, target), kind=SubmissionKind.RECIPE, content=make_content())

    async def waiting(self, role: str, target: str) -> SubmissionRow:
        """Create a submission that waits for a decision."""
        await start_new_day()
        row = await write.create(self.owner(role, target), kind=SubmissionKind.RECIPE, content=make_content())
        await receive(row.id)
        return await reload_submission(row)

    async def public(self, role: str, target: str) -> SubmissionRow:
        """Create a published submission."""
        row = await self.waiting(role, target)
        case = await get_open_case(row)
        leader = self.members["there_second" if target in (ELSEWHERE, SMUGGLED) else "second"]
        await review.approve(leader, case.id, version=case.version, approval=Approval(review.rules.Scores(3, 3, 3)))
        return await reload_submission(row)

    def decider(self, target: str) -> MemberRow:
        """Return the second leader of the target's community."""
        return self.members["there_second" if target in (ELSEWHERE, SMUGGLED) else "second"]

    async def removed(self, role: str, target: str) -> SubmissionRow:
        """Create a published submission that the second leader removed."""
        row = await self.public(role, target)
        return await removal.remove(self.decider(target), row.id, version=row.version, reason="广告")

    async def reward(
        self, target: str, *, published: bool = True, kind: RewardKind = RewardKind.GOODS, **given: Any
    ) -> RewardRow:
        """Create a reward of the second leader: goods that need preparation, or of another kind."""
        leader = self.members["there_second" if target in (ELSEWHERE, SMUGGLED) else "second"]
        content = RewardContent(**{"title": "蛋", "text": "盒", "price": 1, "needs_preparation": True} | given)
        stock = 9 if kind in HAS_STOCK - {RewardKind.COUPON} else None
        row = await catalogue.create(leader, kind=kind, content=content, stock=stock)
        return await catalogue.publish(leader, row.id, version=1) if published else row

    async def redemption(self, role: str, target: str) -> int:
        """Reserve a reward as the owner. Return the id of the redemption."""
        owner, reward = self.owner(role, target), await self.reward(target)
        await award(owner, new_key(), 1)
        return await redeem.reserve(owner, Order(reward.id), key=new_key())

    async def comment(self, role: str, target: str) -> CommentRow:
        """Send a comment of the owner under a publication of the second leader."""
        await settle(*self.members.values())
        row = await self.public("leader", ELSEWHERE if target in (ELSEWHERE, SMUGGLED) else ANOTHERS)
        return await send_comment(self.owner(role, target), row)


Ask = Callable[[World, str, str], Awaitable[Given]]
Cells = dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Row:
    """One operation: its input, and the result of each role for each target."""

    ask: Ask
    cells: Cells


async def _no_input(world: World, role: str, target: str) -> Given:
    return {}


async def _community_id(world: World, role: str, target: str) -> Given:
    return {"communityId": world.place(target)}


async def _search(world: World, role: str, target: str) -> Given:
    return {"communityId": world.place(target), "text": "番"}


async def _keyed(world: World, target: str, **more: Any) -> Given:
    return {"communityId": world.place(target), "idempotencyKey": new_key(), **more}


def _about(kind: str, number: int, name: str, **more: Any) -> Given:
    """Return the input about a thing, whose id names its community."""
    return {name: ids.encode(kind, number), "idempotencyKey": new_key(), **more}


def _fixed_input(**given: Any) -> Ask:
    async def ask(world: World, role: str, target: str) -> Given:
        return dict(given)

    return ask


def _of_submission(make: Callable[[World, str, str], Awaitable[SubmissionRow]], **more: Any) -> Ask:
    async def ask(world: World, role: str, target: str) -> Given:
        row = await make(world, role, target)
        return _about("Submission", row.id, "submissionId", version=row.version, **more)

    return ask


def _of_published(**more: Any) -> Ask:
    async def ask(world: World, role: str, target: str) -> Given:
        return _about("Submission", (await world.public(role, target)).id, "submissionId", **more)

    return ask


def _of_case(**more: Any) -> Ask:
    async def ask(world: World, role: str, target: str) -> Given:
        case = await get_open_case(await world.waiting(role, target))
        return _about("ReviewCase", case.id, "reviewCaseId", version=case.version, **more)

    return ask


async def _decide_many(world: World, role: str, target: str) -> Given:
    case = await get_open_case(await world.waiting(role, target))
    one = {"reviewCaseId": ids.encode("ReviewCase", case.id), "version": case.version, "verdict": "APPROVED"}
    return await _keyed(world, target, decisions=[one | {"scores": SCORES}])


def _work_on_case(**more: Any) -> Ask:
    async def ask(world: World, role: str, target: str) -> Given:
        case = await get_open_case(await world.waiting(role, target))
        return _about("ReviewCase", case.id, "reviewCaseId", **more)

    return ask


async def _hand_over(world: World, role: str, target: str) -> Given:
    to = world.members["second" if world.callers[role] == world.members["leader"].person_id else "leader"]
    return await _work_on_case(memberId=ids.encode("Member", to.id))(world, role, target)


async def _like(world: World, role: str, target: str) -> Given:
    row = await world.public(role, target)
    return {"submissionId": ids.encode("Submission", row.id)}


def _of_comment(**more: Any) -> Ask:
    async def ask(world: World, role: str, target: str) -> Given:
        return _about("Comment", (await world.comment(role, target)).id, "commentId", **more)

    return ask


async def _comment(world: World, role: str, target: str) -> Given:
    await settle(*world.members.values())
    return await _of_published(text="真香")(world, role, target)


async def _like_comment(world: World, role: str, target: str) -> Given:
    return {"commentId": ids.encode("Comment", (await world.comment(role, target)).id)}


async def _node_comment(world: World, role: str, target: str) -> Given:
    return {"id": ids.encode("Comment", (await world.comment(role, target)).id)}


async def _node_hiding(world: World, role: str, target: str) -> Given:
    row = await world.comment(role, target)
    hiding = await visibility.hide(row, by=world.decider(target), reason="广告")
    return {"id": ids.encode("CommentHiding", hiding.id)}


async def _read_submission(world: World, role: str, target: str) -> Given:
    row = await world.draft(role, target)
    return {"id": ids.encode("Submission", row.id)}


async def _read_case(world: World, role: str, target: str) -> Given:
    case = await get_open_case(await world.waiting(role, target))
    return {"id": ids.encode("ReviewCase", case.id)}


async def _node(world: World, role: str, target: str) -> Given:
    return {"id": ids.encode("Submission", (await world.draft(role, target)).id)}


async def _node_community(world: World, role: str, target: str) -> Given:
    return {"id": world.place(target)}


async def _node_person(world: World, role: str, target: str) -> Given:
    own = world.callers[role] if target == OWN else None
    return {"id": ids.encode("Person", own or world.owner(role, target).person_id)}


async def _node_member(world: World, role: str, target: str) -> Given:
    return {"id": ids.encode("Member", world.owner(role, target).id)}


async def _node_case(world: World, role: str, target: str) -> Given:
    return {"id": ids.encode("ReviewCase", (await get_open_case(await world.waiting(role, target))).id)}


async def _node_revision(world: World, role: str, target: str) -> Given:
    return {"id": ids.encode("Revision", (await get_revision(await world.draft(role, target))).id)}


async def _node_decision(world: World, role: str, target: str) -> Given:
    (decision,) = await find_last_decisions([(await world.public(role, target)).id])
    return {"id": ids.encode("ReviewDecision", decision.id)}


async def _node_removal(world: World, role: str, target: str) -> Given:
    (found,) = await restoration.find_newest([(await world.removed(role, target)).id])
    assert found is not None
    return {"id": ids.encode("SubmissionRemoval", found.id)}


async def _node_session(world: World, role: str, target: str) -> Given:
    return {"id": (await _end(world, role, target))["sessionId"]}


async def _node_notice(world: World, role: str, target: str) -> Given:
    member = world.owner(role, target)
    await adjustments.adjust_as_operator(member.community_id, member.id, amount=1, reason="盘点")
    page = await notices.list_inbox(member, PageRequest())
    return {"id": ids.encode("Notice", page.rows[0].id)}


async def _node_export(world: World, role: str, target: str) -> Given:
    person_id = world.callers[role] if target == OWN else None
    row = await exports.request(person_id or await world.person())
    return {"id": ids.encode("DataExport", row.id)}


async def _node_audit_event(world: World, role: str, target: str) -> Given:
    community_id = world.there if target == ELSEWHERE else world.here
    (row,) = (await audit.list_trail(PageRequest(1), only=TrailFilter(community_id=community_id))).rows
    return {"id": ids.encode("AuditEvent", row.id)}


async def _node_document(world: World, role: str, target: str) -> Given:
    return {"id": (await _consent(world, role, target))["documentId"]}


async def _node_season(world: World, role: str, target: str) -> Given:
    return {"id": (await _season(world, role, target))["seasonId"]}


async def _node_edition(world: World, role: str, target: str) -> Given:
    leader = world.members["there_leader" if target == ELSEWHERE else "second"]
    row = await editing.publish_as_leader(leader, Trigger.CHECK_IN, definition=None)
    return {"id": ids.encode("EarningRuleEdition", row.id)}


async def _node_adjustment(world: World, role: str, target: str) -> Given:
    return {"id": (await _adjustment(world, role, target))["adjustmentId"]}


def _build_source() -> Source:
    return Source(f"{SERVICE_PREFIX}{new_key()}")


async def _node_hold(world: World, role: str, target: str) -> Given:
    member = world.owner(role, target)
    await award(member, new_key(), 50)
    hold = await holds.freeze(member.community_id, member.id, amount=1, lasts_s=60, source=_build_source())
    return {"id": ids.encode("PointsHold", hold.id)}


async def _node_movement(world: World, role: str, target: str) -> Given:
    member = world.owner(role, target)
    await award(member, new_key(), 50)
    moved = await spend.spend(member.community_id, member.id, amount=1, source=_build_source())
    return {"id": ids.encode("PointsMovement", moved.entry_id)}


async def _node_token(world: World, role: str, target: str) -> Given:
    return {"id": (await _token(world, role, target))["serviceTokenId"]}


async def _node_invitation(world: World, role: str, target: str) -> Given:
    leader = world.members["there_leader" if target == ELSEWHERE else "second"]
    return {"id": ids.encode("Invitation", (await invitations.invite(leader)).id)}


async def _node_picture(world: World, role: str, target: str) -> Given:
    return {"id": (await _picture(world, role, target))["mediaId"]}


async def _community(world: World, role: str, target: str) -> Given:
    return {"id": world.place(target)}


async def _create(world: World, role: str, target: str) -> Given:
    words = {"title": "题", "text": "文"}
    return await _keyed(world, target, kind="RECIPE", content=words, draft=True)


async def _edit_community(world: World, role: str, target: str) -> Given:
    member = world.members["there_leader" if target == ELSEWHERE else "second"]
    row = await profile.edit_community(member, version=await _version(member), edit={})
    return await _keyed(world, target, version=row.version, announcement=new_key())


async def _version(member: MemberRow) -> int:
    return (await queries.get_communities([member.community_id]))[0].version


async def _leave(world: World, role: str, target: str) -> Given:
    return {"communityId": world.place(target)}


async def _invitation(world: World, role: str, target: str) -> Given:
    leader = world.members["there_leader" if target == ELSEWHERE else "second"]
    return _about("Invitation", (await invitations.invite(leader)).id, "invitationId")


async def _give_sanction(world: World, role: str, target: str) -> Given:
    return _about("Member", world.owner(role, target).id, "memberId", reason="广告", days=7) | {"kind": "WARNING"}


async def _prove(world: World, target: str, member: MemberRow | None = None) -> MemberRow:
    """Let the community trust authors, and publish a submission of a member. Return the member, a new one if none."""
    leader = world.decider(target)
    await db.execute("UPDATE community SET trusted_authors_publish = TRUE WHERE id = $1", leader.community_id)
    if member is None:
        invitation = await invitations.invite(leader, uses=1)
        member = await memberships.join(await world.person(), invitation_code=invitation.code)
    await start_new_day()
    row = await write.create(member, kind=SubmissionKind.RECIPE, content=make_content())
    await receive(row.id)
    case = await get_open_case(row)
    await review.approve(leader, case.id, version=case.version, approval=Approval(review.rules.Scores(3, 3, 3)))
    await trust_service.end(member.community_id, member.id, cause=TrustEnd.LEADER)
    return member


async def _give_trust(world: World, role: str, target: str) -> Given:
    member = world.owner(role, target) if target == OWN else await _prove(world, target)
    return _about("Member", member.id, "memberId", reason="写得好")


async def _trusted(world: World, target: str, member: MemberRow | None = None) -> TrustRow:
    return await trust.give(world.decider(target), (await _prove(world, target, member)).id, reason="写得好")


async def _end_trust(world: World, role: str, target: str) -> Given:
    return _about("Trust", (await _trusted(world, target)).id, "trustId")


async def _node_trust(world: World, role: str, target: str) -> Given:
    row = await _trusted(world, target, world.members["member"] if target == OWN else None)
    await trust.end(world.decider(target), row.id)
    await trust.give(world.decider(target), row.membership_id, reason="还是好")
    return {"id": ids.encode("Trust", row.id)}


async def _share(world: World, role: str, target: str) -> Given:
    return await _like(world, role, target) | {"channel": "CHAT"}


async def _suggest(world: World, role: str, target: str) -> Given:
    return {"communityId": world.place(target), "text": "王"}


async def _member(world: World, role: str, target: str) -> Given:
    return {"memberId": ids.encode("Member", world.owner(role, target).id)}


async def _sanctioned(world: World, role: str, target: str) -> SanctionRow:
    """Warn a member of the role's community, or of the other one. Return the sanction."""
    leader = world.members["there_leader" if target == ELSEWHERE else "second"]
    member = world.members[{OWN: "member", ANOTHERS: "other"}.get(target, "there_other")]
    return await sanctions.give(leader, member.id, content=SanctionContent(SanctionKind.WARNING, "广告", 7))


async def _appeal_decision(world: World, role: str, target: str) -> Given:
    row = await world.waiting(role, target)
    case = await get_open_case(row)
    await review.reject(world.decider(target), case.id, version=case.version, reason="不合适")
    (decision,) = await find_last_decisions([row.id])
    assert decision is not None
    return _about("ReviewDecision", decision.id, "decisionId", text="请再看看")


async def _appeal_removal(world: World, role: str, target: str) -> Given:
    (found,) = await restoration.find_newest([(await world.removed(role, target)).id])
    assert found is not None
    return _about("SubmissionRemoval", found.id, "removalId", text="请再看看")


async def _appeal_sanction(world: World, role: str, target: str) -> Given:
    return _about("Sanction", (await _sanctioned(world, role, target)).id, "sanctionId", text="请再看看")


async def _blocked(world: World, role: str, target: str) -> int:
    """Let the screening block a submission of the owner, and return the number of the block."""
    await start_new_day()
    owner = world.owner(role, target)
    return (await block(await write.create(owner, kind=SubmissionKind.RECIPE, content=make_content()))).id


async def _node_block(world: World, role: str, target: str) -> Given:
    return {"id": ids.encode("SubmissionBlock", await _blocked(world, role, target))}


async def _appeal_block(world: World, role: str, target: str) -> Given:
    return _about("SubmissionBlock", await _blocked(world, role, target), "blockId", text="请再看看")


def _of_comment_case(**more: Any) -> Ask:
    async def ask(world: World, role: str, target: str) -> Given:
        await settle(*world.members.values())
        submission = await world.public("leader", ELSEWHERE if target == ELSEWHERE else ANOTHERS)
        row = await send_to_leader(world.owner(role, target), submission)
        case = await cases.find_open_of_thing(build_thing(row), CaseKind.COMMENT)
        assert case is not None
        return _about("ReviewCase", case.id, "reviewCaseId", version=case.version, **more)

    return ask


async def _hidden_comment(world: World, role: str, target: str) -> Given:
    row = await world.comment(role, target)
    await visibility.hide(row, by=world.decider(target), reason="广告")
    return _about("Comment", row.id, "commentId")


async def _appeal_hiding(world: World, role: str, target: str) -> Given:
    row = await world.comment(role, target)
    hiding = await visibility.hide(row, by=world.decider(target), reason="广告")
    return _about("CommentHiding", hiding.id, "hidingId", text="请再看看")


async def _appealed(world: World, role: str, target: str) -> AppealRow:
    """Appeal against a removal by the second leader."""
    (found,) = await restoration.find_newest([(await world.removed(role, target)).id])
    assert found is not None
    owner = world.owner(role, target)
    return await appeals.open_appeal(owner, found.id, subject=AppealedAction.REMOVAL, text="请再看看")


async def _node_appeal(world: World, role: str, target: str) -> Given:
    return {"id": ids.encode("Appeal", (await _appealed(world, role, target)).id)}


async def _answer_appeal(world: World, role: str, target: str) -> Given:
    case_id = (await _appealed(world, role, target)).case_id
    return _about("ReviewCase", case_id, "reviewCaseId", version=1, granted=False, reason="看过了")


async def _node_report(world: World, role: str, target: str) -> Given:
    author, leader = [world.members[f"there_{one}" if target == ELSEWHERE else one] for one in ("second", "leader")]
    if world.owner(role, target).id == leader.id:
        author, leader = world.members["other"], world.members["second"]
    await start_new_day()
    row = await write.create(author, kind=SubmissionKind.RECIPE, content=make_content())
    await receive(row.id)
    case = await get_open_case(row)
    await review.approve(leader, case.id, version=case.version, approval=Approval(review.rules.Scores(3, 3, 3)))
    made = await member_reports.report(world.owner(role, target), row.id, category=ReportCategory.OTHER, text=None)
    return {"id": ids.encode("Report", made.id)}


def _of_reports(**more: Any) -> Ask:
    async def ask(world: World, role: str, target: str) -> Given:
        row = await world.public(role, target)
        made = await member_reports.report(world.decider(target), row.id, category=ReportCategory.OTHER, text=None)
        assert made.case_id is not None
        return _about("ReviewCase", made.case_id, "reviewCaseId", version=1, **more)

    return ask


async def _node_sanction(world: World, role: str, target: str) -> Given:
    row = await _sanctioned(world, role, target)
    leader = world.members["there_leader" if target == ELSEWHERE else "second"]
    await sanctions.lift(leader, row.id, reason="误会")
    return {"id": ids.encode("Sanction", row.id)}


async def _lift_sanction(world: World, role: str, target: str) -> Given:
    return _about("Sanction", (await _sanctioned(world, role, target)).id, "sanctionId", reason="误会")


async def _complain(world: World, role: str, target: str) -> ComplaintRow:
    await start_new_day()
    return await complaints.open_complaint(world.owner(role, target), content=ComplaintContent(text="坏了"))


def _of_complaint(*, solved: bool = False) -> Ask:
    async def ask(world: World, role: str, target: str) -> Given:
        row = await _complain(world, role, target)
        if solved:
            leader = world.members["there_leader" if target == ELSEWHERE else "second"]
            await complaints.solve(leader, row.id, text="换新的")
        return _about("Complaint", row.id, "complaintId", text="坏了")

    return ask


async def _node_complaint(world: World, role: str, target: str) -> Given:
    return {"id": ids.encode("Complaint", (await _complain(world, role, target)).id)}


async def _preview(world: World, role: str, target: str) -> Given:
    leader = world.members["there_leader" if target == ELSEWHERE else "second"]
    return {"invitationCode": (await invitations.invite(leader)).code}


async def _join(world: World, role: str, target: str) -> Given:
    leader = world.members["second"]
    return {"invitationCode": (await invitations.invite(leader, uses=1)).code}


async def _join_by_id(world: World, role: str, target: str) -> Given:
    if target != OPEN:
        return {"communityId": world.place(target)}
    founding = await communities_founding.create_community(name="谁都可以来", joining=JoiningPolicy.OPEN)
    return {"communityId": ids.encode("Community", founding.community_id)}


async def _role(world: World, role: str, target: str) -> Given:
    return _about("Member", world.owner(role, target).id, "memberId", role="EXPERT")


async def _nickname(world: World, role: str, target: str) -> Given:
    return {"nickname": f"新名 {role}"}  # No member may be called as a leader.


async def _login(world: World, role: str, target: str) -> Given:
    return {"platform": "DEVELOPMENT", "code": new_key()}


async def _refresh(world: World, role: str, target: str) -> Given:
    opened = await sessions.begin(world.settings, await world.person(), Platform.DEVELOPMENT)
    return {"refreshToken": opened.refresh}


async def _end(world: World, role: str, target: str) -> Given:
    person_id = world.callers[role] if target == OWN else None
    opened = await sessions.begin(world.settings, person_id or await world.person(), Platform.DEVELOPMENT)
    return {"sessionId": ids.encode("Session", opened.session_id)}


async def _link(world: World, role: str, target: str) -> Given:
    code = new_key()
    if target == ANOTHERS:
        await logins.login(world.settings, Platform.DEVELOPMENT, code)
    return {"platform": "DEVELOPMENT", "code": code, "proof": world.prove(role)}


async def _unlink(world: World, role: str, target: str) -> Given:
    del target
    return {"linkedPlatformId": ids.encode("LinkedPlatform", 10**9), "proof": world.prove(role)}


async def _node_platform(world: World, role: str, target: str) -> Given:
    person_id = world.callers[role] if target == OWN else None
    (row, *_) = await logins.list_links(person_id or await world.person())
    return {"id": ids.encode("LinkedPlatform", row.id)}


async def _confirm(world: World, role: str, target: str) -> Given:
    if world.callers[role] is not None:
        await people.edit(world.callers[role], born_on="1980-01-01")
    return {"code": (await guardians.create_guardian_code(world.settings, await _child(world))).code}


async def _child(world: World) -> int:
    child = await world.person()
    await people.edit(child, born_on=f"{(clock.now() - timedelta(days=3_000)).date().isoformat()}")
    return child


async def _revoke(world: World, role: str, target: str) -> Given:
    child, guardian = await _child(world), world.callers[role] if target == OWN else None
    guardian = guardian or await world.person()
    await people.edit(guardian, born_on="1980-01-01")
    code = (await guardians.create_guardian_code(world.settings, child)).code
    await guardians.confirm_child(world.settings, guardian, code=code)
    return {"personId": ids.encode("Person", child)}


async def _consent(world: World, role: str, target: str) -> Given:
    known = await documents.list_documents() or [await documents.publish(ConsentPurpose.NOTICES, title="题", text="文")]
    return {"documentId": ids.encode("ConsentDocument", known[0].id)}


async def _new_erasure(world: World, role: str, target: str) -> Given:
    await _no_erasure(world, role)
    return {"content": "ANONYMISE"}


async def _no_erasure(world: World, role: str) -> None:
    person_id = world.callers[role]
    if person_id is not None:
        try:
            await erasures.cancel(person_id)
        except Refusal:
            return


async def _pending_erasure(world: World, role: str, target: str) -> Given:
    await _no_erasure(world, role)
    person_id = world.callers[role]
    # The input names no erasure. A caller without a pending one is refused.
    who = await world.person() if target == ANOTHERS or person_id is None else person_id
    await erasures.request(world.settings, who, content=ErasureContent.ANONYMISE)
    return {}


async def _token(world: World, role: str, target: str) -> Given:
    leader = world.members["there_leader" if target == ELSEWHERE else "second"]
    row = (await service_tokens.create(leader, name="店", scopes=[ServiceScope.MOVE_POINTS])).row
    return _about("ServiceToken", row.id, "serviceTokenId")


async def _season(world: World, role: str, target: str) -> Given:
    leader = world.members["there_leader" if target == ELSEWHERE else "second"]
    now = clock.now()
    row = await editing.open_season(
        leader, SeasonPlan(name="季", percent=150, starts_at=now, ends_at=now + timedelta(days=1))
    )
    return _about("Season", row.id, "seasonId")


def _keyed_with(**given: Any) -> Ask:
    async def ask(world: World, role: str, target: str) -> Given:
        return await _keyed(world, target, **given)

    return ask


async def _apply(world: World, role: str, target: str) -> Given:
    words = {"profession": "厨师", "issuer": "协会", "evidence": "123"}
    return await _keyed(world, target, kinds=["RECIPE"], expiresOn=_last_day().isoformat(), tags=[], **words)


async def _get_credential(member: MemberRow) -> int:
    """Return a current credential of a member, which is made if there is none."""
    held = (await experts.list_credentials([member.id]))[member.id]
    current = [row.id for row in held if row.is_current]
    if not current:
        row = await apply_for(member, kinds=[SubmissionKind.RECIPE], tags=["种菜"], expires_on=_last_day())
        current = [(await credentials.decide(row.id, CredentialAction.VERIFY)).id]
    return current[0]


async def _withdraw_credential(world: World, role: str, target: str) -> Given:
    owner = world.owner(role, target)
    await _get_credential(owner)  # otherwise another call would verify the application
    row = await apply_for(owner, kinds=[SubmissionKind.RECIPE], expires_on=_last_day())
    return _about("Credential", row.id, "credentialId")


async def _endorse(world: World, role: str, target: str) -> Given:
    # The credential depends on the role. Others than members send that of another member.
    number = await _get_credential(world.members[role if world.callers[role] and role in world.members else "other"])
    row = await world.public(role, target)
    given = {"credentialId": ids.encode("Credential", number), "revision": row.published_revision, "note": "好"}
    return _about("Submission", row.id, "submissionId", **given)


async def _find_to_endorse(world: World, role: str, target: str) -> tuple[MemberRow, SubmissionRow, CredentialRow]:
    """Return the owner, a publication of the second leader, and a credential for it."""
    await start_new_day()
    owner, author = world.owner(role, target), world.decider(target)
    row = await write.create(author, kind=SubmissionKind.RECIPE, content=make_content())
    await receive(row.id)
    case = await get_open_case(await reload_submission(row))
    leader = world.members["there_leader" if target in (ELSEWHERE, SMUGGLED) else "leader"]
    await review.approve(leader, case.id, version=case.version, approval=Approval(review.rules.Scores(3, 3, 3)))
    credential = await experts.find_credential(await _get_credential(owner))
    assert credential is not None
    return owner, await reload_submission(row), credential


async def _make_endorsement(world: World, role: str, target: str) -> int:
    return (await endorse(*await _find_to_endorse(world, role, target))).id


def _of_note_case(**more: Any) -> Ask:
    async def ask(world: World, role: str, target: str) -> Given:
        case = await hold_note(*await _find_to_endorse(world, role, target))
        return _about("ReviewCase", case.id, "reviewCaseId", version=case.version, **more)

    return ask


async def _hide_note(world: World, role: str, target: str) -> Given:
    return _about("Endorsement", await _make_endorsement(world, role, target), "endorsementId", reason="跑题")


async def _report_note(world: World, role: str, target: str) -> Given:
    return _about("Endorsement", await _make_endorsement(world, role, target), "endorsementId", category="OTHER")


async def _withdraw_endorsement(world: World, role: str, target: str) -> Given:
    number = await _make_endorsement(world, role, target)
    return _about("Endorsement", number, "endorsementId", reason="看错了")


async def _request_endorsement(world: World, role: str, target: str) -> Given:
    expert = world.members["there_expert" if target == ELSEWHERE else "expert"]
    await _get_credential(expert)
    row = await world.public("leader", target)
    return _about("Submission", row.id, "submissionId", memberId=ids.encode("Member", expert.id))


async def _endorsement_queue(world: World, role: str, target: str) -> Given:
    number = await _get_credential(world.owner(role, OWN))
    return {"communityId": world.place(target), "credentialId": ids.encode("Credential", number)}


async def _node_credential(world: World, role: str, target: str) -> Given:
    return {"id": ids.encode("Credential", await _get_credential(world.owner(role, target)))}


async def _node_endorsement(world: World, role: str, target: str) -> Given:
    return {"id": ids.encode("Endorsement", await _make_endorsement(world, role, target))}


async def _open_topic(world: World, role: str, target: str) -> Given:
    return await _keyed(world, target, tag=f"汤{new_key()[:8]}", lastDay=_last_day().isoformat())


def _last_day() -> date:
    return clock.now().date() + timedelta(days=9)


def _of_topic(key: str, **more: Any) -> Ask:
    async def ask(world: World, role: str, target: str) -> Given:
        leader = world.members["there_leader" if target == ELSEWHERE else "second"]
        plan = TopicPlan(f"汤{new_key()[:8]}", TopicContent("煮", _last_day()))
        number = ids.encode("Topic", (await topics.open_topic(leader, plan=plan)).id)
        if key == "id":
            return {"id": number}
        given = more | ({"lastDay": _last_day().isoformat()} if more else {})
        return {key: number, "idempotencyKey": new_key()} | given

    return ask


_CONTENT = {
    "title": "晒团圆照", "text": "中秋", "opensAt": "2099-01-01T00:00:00Z", "judgingAt": "2099-01-02T00:00:00Z",
    "closesAt": "2099-01-03T00:00:00Z", "rules": {"goldPrizes": 1},
}  # fmt: skip


async def _create_event(world: World, role: str, target: str) -> Given:
    return await _keyed(world, target, kind="STORY_CALL", content=_CONTENT)


async def _event(world: World, target: str, state: EventState, kind: EventKind = EventKind.STORY_CALL) -> EventRow:
    return await hold(world.decider(target), state, kind, entries_per_member=9)


async def _calendar(world: World, role: str, target: str) -> Given:
    return {"communityId": world.place(target), "year": 2026}


async def _create_by_template(world: World, role: str, target: str) -> Given:
    return await _keyed(world, target, template="MID_AUTUMN_REUNION", year=2099)


def _of_event(key: str, **more: Any) -> Ask:
    async def ask(world: World, role: str, target: str) -> Given:
        row = await _event(world, target, EventState.ANNOUNCED)
        given = {key: ids.encode("Event", row.id)}
        return given | ({"idempotencyKey": new_key(), "version": row.version} | more if more else {})

    return ask


def _with_submission(*, keyed: bool) -> Ask:
    async def ask(world: World, role: str, target: str) -> Given:
        event, row = await _event(world, target, EventState.OPEN), await world.public(role, target)
        given = {"eventId": ids.encode("Event", event.id), "submissionId": ids.encode("Submission", row.id)}
        return given | ({"idempotencyKey": new_key()} if keyed else {})

    return ask


def _of_entry(
    key: str, state: EventState, *, is_out: bool = False, kind: EventKind = EventKind.STORY_CALL, **more: Any
) -> Ask:
    async def ask(world: World, role: str, target: str) -> Given:
        event = await _event(world, target, EventState.OPEN, kind)
        row, leader = await world.public(role, target), world.decider(target)
        entry = await entering.enter(world.owner(role, target), event.id, submission_id=row.id)
        if is_out:
            await entering.disqualify(leader, entry.id, reason="重复")
        await move_to(leader, event, state)
        given = {key: ids.encode("EventEntry", entry.id)}
        return given if key == "id" or kind is EventKind.PHOTO_CONTEST else given | {"idempotencyKey": new_key()} | more

    return ask


async def _node_result(world: World, role: str, target: str) -> Given:
    row = await _event(world, target, EventState.CLOSED)
    ((result,),) = await events.list_results([row.id])
    return {"id": ids.encode("EventResult", result.id)}


async def _give_prizes(world: World, role: str, target: str) -> Given:
    return _about("Event", (await _event(world, target, EventState.CLOSED)).id, "eventId")


async def _attend(world: World, role: str, target: str) -> Given:
    with clock.at(clock.now() - timedelta(days=3)):  # It started a day ago.
        event = await _event(world, target, EventState.OPEN, EventKind.ACTIVITY)
        entry = await entering.enter(world.owner(role, target), event.id)
    return _about("EventEntry", entry.id, "entryId", code=event.code)


async def _check_in(world: World, role: str, target: str) -> Given:
    event = await _event(world, target, EventState.OPEN, EventKind.CHECK_IN_CHALLENGE)
    return _about("Event", event.id, "eventId")


async def _write_questions(world: World, role: str, target: str) -> Given:
    event = await _event(world, target, EventState.DRAFT, EventKind.RIDDLES)
    return _about("Event", event.id, "eventId", version=event.version, questions=[{"text": "谜", "answers": ["雨"]}])


def _of_question(key: str, **more: Any) -> Ask:
    async def ask(world: World, role: str, target: str) -> Given:
        event = await _event(world, target, EventState.OPEN, EventKind.RIDDLES)
        ((question, _),) = await task_queries.list_questions([event.id])
        return (
            _about("EventQuestion", question.id, key, **more)
            if more
            else {key: ids.encode("EventQuestion", question.id)}
        )

    return ask


async def _node_answer(world: World, role: str, target: str) -> Given:
    event = await _event(world, target, EventState.OPEN, EventKind.RIDDLES)
    ((question, _),) = await task_queries.list_questions([event.id])
    row = await riddles.answer(world.owner(role, target), question.id, text="雨")
    return {"id": ids.encode("EventAnswer", row.id)}


async def _hold_judged(world: World, role: str, target: str) -> tuple[EventRow, EntryRow, MemberRow]:
    """Judge a contest of another member, in which the caller is a juror. A stranger gets a member as the juror."""
    leader, now = world.decider(target), clock.now()
    rules = {"jury_criteria": (JuryCriterion.STORY,), "jury_weight": 50, "jury_quorum": 1}
    event = await hold(leader, EventState.OPEN, judging_at=now + timedelta(days=4), **rules)
    row = await world.public(role, ELSEWHERE if target == ELSEWHERE else ANOTHERS)
    entry = await entering.enter(world.owner(role, ELSEWHERE if target == ELSEWHERE else ANOTHERS), event.id,
                                 submission_id=row.id)  # fmt: skip
    juror = leader if target == ELSEWHERE else world.members.get(role, leader)
    await jury.appoint(leader, event.id, member_id=juror.id)
    return await move_to(leader, event, EventState.JUDGING), entry, juror


async def _appoint_juror(world: World, role: str, target: str) -> Given:
    event, _, juror = await _hold_judged(world, role, target)
    return _about("Event", event.id, "eventId", memberId=ids.encode("Member", juror.id))


async def _drop_juror(world: World, role: str, target: str) -> Given:
    event, _, _ = await _hold_judged(world, role, target)
    ((juror,),) = await jury_queries.list_juries([event.id])
    return _about("EventJuror", juror.id, "jurorId")


async def _node_juror(world: World, role: str, target: str) -> Given:
    return {"id": (await _drop_juror(world, role, target))["jurorId"]}


async def _score(world: World, role: str, target: str) -> Given:
    _, entry, _ = await _hold_judged(world, role, target)
    return _about("EventEntry", entry.id, "entryId", points=[7])


async def _list_tasks(world: World, role: str, target: str) -> Given:
    event, _, _ = await _hold_judged(world, role, target)
    return {"eventId": ids.encode("Event", event.id)}


OF_OTHERS = {ANOTHERS: LEADERS_OF_THING, OWN: (U, NF, LO, "OWN_ENTRY", LO, U), ELSEWHERE: UNKNOWN_THING}


async def _open_season(world: World, role: str, target: str) -> Given:
    now = clock.now()
    return await _keyed(
        world, target, name="季", percent=150, startsAt=now.isoformat(), endsAt=(now + timedelta(days=1)).isoformat()
    )


async def _get_words_version(world: World, target: str) -> int:
    community_id = ids.decode("Community", world.place(target), path="id")
    return max((row.version for row in await lists.list_current(community_id)), default=0)


async def _publish_words(world: World, role: str, target: str) -> Given:
    version = await _get_words_version(world, target)
    return await _keyed(world, target, version=version, words=[{"word": "阿瓜丸"}], exceptions=["阿瓜丸子"])


async def _add_template(world: World, target: str) -> tuple[int, int]:
    """Add a reason template. Return the new version of the list and its id."""
    leader = world.members["there_leader" if target == ELSEWHERE else "second"]
    (before,) = await templates.get_lists([leader.community_id])
    kept = [TemplateContent(row.kind, row.text, row.id) for row in before.templates]
    content = TemplateContent(TemplateKind.RETURN, "请补充照片")
    await templates.replace_all(leader, version=before.version, templates=[*kept, content])
    (found,) = await templates.get_lists([leader.community_id])
    return found.version, found.templates[-1].id


async def _edit_templates(world: World, role: str, target: str) -> Given:
    version, number = await _add_template(world, target)
    kept = {"id": ids.encode("ReasonTemplate", number), "kind": "RETURN", "text": "请补充照片"}
    given = [{"kind": "REMOVAL", "text": "广告"}, kept]
    return await _keyed(world, target, version=version, templates=given)


async def _ask_figures(world: World, role: str, target: str) -> Given:
    return await _community_id(world, role, target) | {"since": (clock.now() - timedelta(days=1)).isoformat()}


async def _edit_two_person_kinds(world: World, role: str, target: str) -> Given:
    return await _keyed(world, target, kinds=[])


async def _node_template(world: World, role: str, target: str) -> Given:
    return {"id": ids.encode("ReasonTemplate", (await _add_template(world, target))[1])}


async def _node_words(world: World, role: str, target: str) -> Given:
    leader = world.members["there_leader" if target == ELSEWHERE else "second"]
    version = await _get_words_version(world, target)
    row = await lists.publish_as_leader(leader, version=version, words=[Word("阿瓜丸")], exceptions=["阿瓜丸子"])
    return {"id": ids.encode("WordList", row.id)}


async def _read_words(world: World, role: str, target: str) -> Given:
    await _node_words(world, role, target)
    return {"communityId": world.place(target)}


async def _try_words(world: World, role: str, target: str) -> Given:
    return {"communityId": world.place(target), "text": "电话13912345678"}


async def _editions(world: World, role: str, target: str) -> Given:
    return {"communityId": world.place(target), "trigger": "CHECK_IN"}


async def _account(world: World, role: str, target: str) -> Given:
    return {"communityId": world.place(target), "memberId": ids.encode("Member", world.owner(role, target).id)}


async def _adjust(world: World, role: str, target: str) -> Given:
    return _about("Member", world.owner(role, target).id, "memberId", amount=5, reason="盘点")


async def _adjustment(world: World, role: str, target: str) -> Given:
    leader = world.members["there_leader" if target == ELSEWHERE else "second"]
    row = await adjustments.adjust(leader, world.owner(role, target).id, amount=500, reason="盘点")
    return _about("Adjustment", row.id, "adjustmentId")


async def _with_points(world: World, target: str) -> MemberRow:
    """Award points to a member of the first community, or of the other. Return the member."""
    member = world.members["there_other" if target == ELSEWHERE else "other"]
    await award(member, new_key(), 50)
    return member


async def _spend(world: World, role: str, target: str) -> Given:
    member = await _with_points(world, target)
    return _about("Member", member.id, "memberId", amount=1, reference="r")


async def _freeze(world: World, role: str, target: str) -> Given:
    return await _spend(world, role, target) | {"seconds": 60}


async def _refund(world: World, role: str, target: str) -> Given:
    member = await _with_points(world, target)
    moved = await spend.spend(member.community_id, member.id, amount=1, source=_build_source())
    return _about("Movement", moved.entry_id, "spendId", reference="r")


async def _hold(world: World, role: str, target: str) -> Given:
    member = await _with_points(world, target)
    hold = await holds.freeze(member.community_id, member.id, amount=1, lasts_s=60, source=_build_source())
    return {"holdId": ids.encode("PointsHold", hold.id)}


async def _interaction(world: World, target: str) -> Given:
    member = world.members["there_other" if target == ELSEWHERE else "other"]
    happened = {"kind": "PICK_UP", "reference": new_key(), "occurredAt": clock.now().isoformat()}
    return happened | {"memberId": ids.encode("Member", member.id)}


async def _report(world: World, role: str, target: str) -> Given:
    return {"interaction": await _interaction(world, target)}


async def _report_many(world: World, role: str, target: str) -> Given:
    return {"interactions": [await _interaction(world, target)]}


async def _read_notices(world: World, role: str, target: str) -> Given:
    return {"communityId": world.place(target), "upTo": ids.encode("Notice", 1)}


def _of_announcement(key: str) -> Ask:
    async def ask(world: World, role: str, target: str) -> Given:
        writer = world.members["there_second" if target == ELSEWHERE else "second"]
        row = await announcements.announce(writer, text="团", send_at=clock.now() + timedelta(days=1))
        if key == "id":
            await db.execute("UPDATE announcement SET send_at = $2 WHERE id = $1", row.id, clock.now())
            await announcements.send_due()
            return {"id": ids.encode("Announcement", row.id)}
        await db.execute(
            "UPDATE announcement SET cancelled_at = $2 WHERE sent_at IS NULL AND id < $1", row.id, clock.now()
        )
        return _about("Announcement", row.id, key)

    return ask


async def _mute_notices(world: World, role: str, target: str) -> Given:
    return {"communityId": world.place(target), "kinds": ["LIKED"]}


async def _picture(world: World, role: str, target: str) -> Given:
    person_id = world.callers[role] if target == OWN else None
    number = await uploads.receive(
        person_id or await world.person(), ReceivedFile.from_bytes(b"not looked at yet"), key=new_key()
    )
    return {"mediaId": ids.encode("Media", number)}


async def _my_pictures(world: World, role: str, target: str) -> Given:
    return {"ids": [(await _picture(world, role, target))["mediaId"]]}


async def _upload(world: World, role: str, target: str) -> Given:
    return {"idempotencyKey": new_key(), "file": b"not looked at yet"}


async def _point(world: World, role: str, target: str, **more: Any) -> Given:
    leader = world.members["there_leader" if target == ELSEWHERE else "second"]
    point = await points.create_point(leader, PointContent("东门", "枫林路 8 号", "每天"))
    return _about("PickUpPoint", point.id, "pickUpPointId", **more)


async def _edit_point(world: World, role: str, target: str) -> Given:
    words = {"name": "西门", "address": "枫林路 9 号", "openingHours": "周末"}
    return await _point(world, role, target) | words | {"version": 1}


async def _appoint(world: World, role: str, target: str) -> Given:
    member = world.members["there_expert" if target == ELSEWHERE else "expert"]
    return await _point(world, role, target, memberId=ids.encode("Member", member.id))


async def _helper(world: World, role: str, target: str) -> Given:
    leader, member = world.members["there_leader" if target == ELSEWHERE else "second"], world.owner(role, target)
    point = await points.create_point(leader, PointContent("东门", "枫林路 8 号", "每天"))
    helper = await points.appoint(leader, point.id, member_id=member.id)
    return _about("PickUpHelper", helper.id, "pickUpHelperId")


async def _node_point(world: World, role: str, target: str) -> Given:
    return {"id": (await _point(world, role, target))["pickUpPointId"]}


async def _node_helper(world: World, role: str, target: str) -> Given:
    return {"id": (await _helper(world, role, target))["pickUpHelperId"]}


SCORES = {"authenticity": 3, "usefulness": 3, "resonance": 3}
WORDS = {"title": "题", "text": "文"}
AUTHORS = {
    OWN: (U, NF, OK, OK, OK, U),
    ANOTHERS: UNKNOWN_THING,
    ELSEWHERE: UNKNOWN_THING,
}
DECIDING = {
    OWN: (U, NF, LO, "OWN_SUBMISSION", LO, U), ANOTHERS: LEADERS_OF_THING, ELSEWHERE: UNKNOWN_THING,
}  # fmt: skip
JUDGING = {OWN: (U, NF, LO, "OWN_THING", LO, U), ANOTHERS: LEADERS_OF_THING, ELSEWHERE: UNKNOWN_THING}
APPEALING = {OWN: (U, NF, OK, OK, OK, U), ANOTHERS: UNKNOWN_THING, ELSEWHERE: UNKNOWN_THING}
ADJUSTING = {
    OWN: (U, NF, LO, "OWN_ACCOUNT", LO, U), ANOTHERS: LEADERS_OF_THING, ELSEWHERE: UNKNOWN_THING,
}  # fmt: skip
PERSONAL = {OWN: LOGGED_IN}
ACCOUNTS = {OWN: MEMBERS, ANOTHERS: LEADERS, ELSEWHERE: NO_MEMBERS, SMUGGLED: (U, NAM, LO, NF, LO, U)}
SERVICES_HERE = {OWN: SERVICES, ELSEWHERE: (*SERVICES[:-1], NF)}
WITHOUT_WECHAT = {OWN: (U, *("PLATFORM_UNAVAILABLE",) * 4, U)}


async def _new_reward(world: World, role: str, target: str) -> Given:
    return await _keyed(world, target, kind="GOODS", content=REWARD, stock=3)


def _of_reward(
    name: str = "rewardId", *, published: bool = True, versioned: bool = True,
    kind: RewardKind = RewardKind.GOODS, **more: Any,
) -> Ask:  # fmt: skip
    async def ask(world: World, role: str, target: str) -> Given:
        row = await world.reward(target, published=published, kind=kind)
        about = {name: ids.encode("Reward", row.id)}
        if name == "id" or not more:
            return about
        version = {"version": row.version} if versioned else {}
        return {**about, **version, **more, "idempotencyKey": new_key()}

    return ask


def _of_slot(name: str = "slotId", **more: Any) -> Ask:
    async def ask(world: World, role: str, target: str) -> Given:
        reward = await world.reward(target, kind=RewardKind.SERVICE)
        leader = world.members["there_second" if target == ELSEWHERE else "second"]
        row = await slots.create(leader, reward.id, **{**_list_times(), "capacity": 2})
        about = {name: ids.encode("ServiceSlot", row.id)}
        return about if name == "id" else {**about, "version": 1, **more, "idempotencyKey": new_key()}

    return ask


def _list_times() -> dict[str, str]:
    """Return the times of a slot tomorrow."""
    start = clock.now() + timedelta(days=1)
    return {"starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=1)).isoformat()}


async def _new_slot(world: World, role: str, target: str) -> Given:
    given = _list_times()
    times = {"startsAt": given["starts_at"], "endsAt": given["ends_at"]}
    reward = await world.reward(target, kind=RewardKind.SERVICE)
    return _about("Reward", reward.id, "rewardId", capacity=2, **times)


async def _show_coupon(world: World, role: str, target: str) -> Given:
    owner = world.owner(role, target)
    reward = await world.reward(target, kind=RewardKind.COUPON, needs_preparation=False)
    leader = world.members["there_second" if target == ELSEWHERE else "second"]
    await coupons.import_codes(leader, world.settings, reward.id, csv=new_key())
    await award(owner, new_key(), 1)
    return {"redemptionId": ids.encode("Redemption", await redeem.reserve(owner, Order(reward.id), key=new_key()))}


async def _project(world: World, target: str) -> RewardRow:
    closes_at = clock.now() + timedelta(days=9)
    return await world.reward(target, kind=RewardKind.PROJECT, closes_at=closes_at, needs_preparation=False)


async def _of_project(world: World, role: str, target: str) -> Given:
    return {"rewardId": ids.encode("Reward", (await _project(world, target)).id)}


async def _report_project(world: World, role: str, target: str) -> Given:
    return _about("Reward", (await _project(world, target)).id, "rewardId", title="进度", text="已开工")


async def _node_project_report(world: World, role: str, target: str) -> Given:
    leader = world.members["there_second" if target == ELSEWHERE else "second"]
    row = await reports.report(leader, (await _project(world, target)).id, title="进度", text="已开工")
    return {"id": ids.encode("ProjectReport", row.id)}


async def _name_pledge(world: World, role: str, target: str) -> Given:
    owner, project = world.owner(role, target), await _project(world, target)
    await award(owner, new_key(), 1)
    id_ = await redeem.reserve(owner, Order(project.id), key=new_key())
    return _about("Redemption", id_, "redemptionId", isNamed=True)


async def _name_review(world: World, role: str, target: str) -> Given:
    await start_new_day()
    await db.execute("DELETE FROM trial_promise")  # A member has one at a time.
    owner, leader = world.owner(role, target), world.members["there_second" if target == ELSEWHERE else "second"]
    trial = await world.reward(target, kind=RewardKind.TRIAL, price=0, review_days=3, needs_preparation=False)
    id_ = await redeem.reserve(owner, Order(trial.id), key=new_key())
    (code,) = await verification.find_codes([id_])
    await verification.verify(leader, Handover(code))
    review = await write.create(owner, kind=SubmissionKind.PRODUCT_REVIEW, content=make_content())
    return _about("Redemption", id_, "redemptionId", submissionId=ids.encode("Submission", review.id))


async def _reserve(world: World, role: str, target: str) -> Given:
    await award(world.owner(role, target), new_key(), 1)
    return _about("Reward", (await world.reward(target)).id, "rewardId", quantity=1)


def _of_redemption(name: str = "redemptionId", **more: Any) -> Ask:
    async def ask(world: World, role: str, target: str) -> Given:
        id_ = ids.encode("Redemption", await world.redemption(role, target))
        return {"id": id_} if name == "id" else {name: id_, "idempotencyKey": new_key(), **more}

    return ask


async def _code(world: World, role: str, target: str) -> Given:
    owner, reward = world.owner(role, target), await world.reward(target, needs_preparation=False)
    await award(owner, new_key(), 1)
    (code,) = await verification.find_codes([await redeem.reserve(owner, Order(reward.id), key=new_key())])
    return {"communityId": world.place(target), "code": code}


async def _verify(world: World, role: str, target: str) -> Given:
    return await _code(world, role, target) | {"idempotencyKey": new_key()}


async def _undo(world: World, role: str, target: str) -> Given:
    owner, reward = world.owner(role, target), await world.reward(target, needs_preparation=False)
    await award(owner, new_key(), 1)
    id_ = await redeem.reserve(owner, Order(reward.id), key=new_key())
    (code,) = await verification.find_codes([id_])
    leader = world.members["there_second" if target == ELSEWHERE else "second"]
    await verification.verify(leader, Handover(code))
    return _about("Redemption", id_, "redemptionId", reason="点错了")


REWARD = {"title": "蛋", "text": "盒", "price": 1}
VO, OWN_ONE = "VERIFIERS_ONLY", "OWN_REDEMPTION"
VERIFYING = {OWN: (U, NAM, VO, OWN_ONE, VO, U), ANOTHERS: (U, NAM, VO, OK, VO, U), ELSEWHERE: NO_MEMBERS}
UNDOING = {OWN: (U, NF, NF, OWN_ONE, NF, U), ANOTHERS: (U, NF, NF, OK, NF, U), ELSEWHERE: UNKNOWN_THING}
MANAGING = {OWN: LEADERS_OF_THING, ELSEWHERE: UNKNOWN_THING}
DECIDING_REDEMPTION = {
    OWN: (U, NF, LO, "OWN_REDEMPTION", LO, U), ANOTHERS: LEADERS_OF_THING, ELSEWHERE: UNKNOWN_THING,
}  # fmt: skip
OWN_THING = {OWN: (U, NF, OK, OK, OK, U), ANOTHERS: UNKNOWN_THING, ELSEWHERE: UNKNOWN_THING}

TABLE: dict[str, Row] = {
    # reading
    "me": Row(_no_input, {OWN: (NONE, OK, OK, OK, OK, NONE)}),
    "account": Row(_no_input, PERSONAL),
    "sessions": Row(_no_input, PERSONAL),
    "consents": Row(_no_input, PERSONAL),
    "dataExports": Row(_no_input, PERSONAL),
    "erasure": Row(_no_input, {OWN: (U, NONE, NONE, NONE, NONE, U)}),
    "consentDocuments": Row(_no_input, {OWN: EVERYONE}),
    "leaderboardDeclarations": Row(_no_input, {OWN: EVERYONE}),
    "node Submission": Row(_node, {OWN: SEEN_BY_MEMBERS, ANOTHERS: UNSEEN, ELSEWHERE: UNSEEN}),
    "node Community": Row(_node_community, {OWN: SEEN_BY_MEMBERS, ELSEWHERE: UNSEEN}),
    "node Person": Row(_node_person, {OWN: (NONE, OK, OK, OK, OK, NONE), ANOTHERS: SEEN_BY_MEMBERS, ELSEWHERE: UNSEEN}),
    "node Member": Row(_node_member, {OWN: SEEN_BY_MEMBERS, ANOTHERS: SEEN_BY_MEMBERS, ELSEWHERE: UNSEEN}),
    "node ReviewCase": Row(_node_case, {OWN: SEEN_BY_LEADERS, ANOTHERS: SEEN_BY_LEADERS, ELSEWHERE: UNSEEN}),
    "node Revision": Row(_node_revision, {OWN: SEEN_BY_MEMBERS, ANOTHERS: UNSEEN, ELSEWHERE: UNSEEN}),
    "node SubmissionBlock": Row(_node_block, {OWN: SEEN_BY_MEMBERS, ANOTHERS: SEEN_BY_LEADERS, ELSEWHERE: UNSEEN}),
    "node Appeal": Row(_node_appeal, {OWN: SEEN_BY_MEMBERS, ANOTHERS: SEEN_BY_LEADERS, ELSEWHERE: UNSEEN}),
    "node Report": Row(_node_report, {OWN: SEEN_BY_MEMBERS, ANOTHERS: UNSEEN, ELSEWHERE: UNSEEN}),
    "node SubmissionRemoval": Row(_node_removal, {OWN: SEEN_BY_MEMBERS, ANOTHERS: SEEN_BY_LEADERS, ELSEWHERE: UNSEEN}),
    "node ReviewDecision": Row(_node_decision, {OWN: SEEN_BY_MEMBERS, ANOTHERS: SEEN_BY_LEADERS, ELSEWHERE: UNSEEN}),
    "node Media": Row(_node_picture, {OWN: (NONE, OK, OK, OK, OK, NONE), ANOTHERS: UNSEEN}),
    "node Session": Row(_node_session, {OWN: SEEN_BY_ONESELF, ANOTHERS: UNSEEN}),
    "node LinkedPlatform": Row(_node_platform, {OWN: SEEN_BY_ONESELF, ANOTHERS: UNSEEN}),
    "node Notice": Row(_node_notice, {OWN: SEEN_BY_OWNER, ANOTHERS: UNSEEN, ELSEWHERE: UNSEEN}),
    "node DataExport": Row(_node_export, {OWN: SEEN_BY_ONESELF, ANOTHERS: UNSEEN}),
    "node ConsentDocument": Row(_node_document, {OWN: EVERYONE}),
    "node Announcement": Row(_of_announcement("id"), {OWN: SEEN_BY_MEMBERS, ELSEWHERE: UNSEEN}),
    "node Credential": Row(_node_credential, {OWN: SEEN_BY_MEMBERS, ELSEWHERE: UNSEEN}),
    "node Endorsement": Row(_node_endorsement, {OWN: SEEN_BY_MEMBERS, ELSEWHERE: UNSEEN}),
    "node Event": Row(_of_event("id"), {OWN: SEEN_BY_MEMBERS, ELSEWHERE: UNSEEN}),
    "node EventEntry": Row(_of_entry("id", EventState.OPEN), {OWN: SEEN_BY_MEMBERS, ELSEWHERE: UNSEEN}),
    "node EventQuestion": Row(_of_question("id"), {OWN: SEEN_BY_MEMBERS, ELSEWHERE: UNSEEN}),
    "node EventAnswer": Row(_node_answer, {OWN: SEEN_BY_OWNER, ANOTHERS: UNSEEN, ELSEWHERE: UNSEEN}),
    "node EventJuror": Row(_node_juror, {OWN: SEEN_BY_MEMBERS, ELSEWHERE: UNSEEN}),
    "node EventResult": Row(_node_result, {OWN: SEEN_BY_MEMBERS, ELSEWHERE: UNSEEN}),
    "node Topic": Row(_of_topic("id"), {OWN: SEEN_BY_MEMBERS, ELSEWHERE: UNSEEN}),
    "node Season": Row(_node_season, {OWN: SEEN_BY_MEMBERS, ELSEWHERE: UNSEEN}),
    "node EarningRuleEdition": Row(_node_edition, {OWN: SEEN_BY_MEMBERS, ELSEWHERE: UNSEEN}),
    "node ReasonTemplate": Row(_node_template, {OWN: SEEN_BY_LEADERS, ELSEWHERE: UNSEEN}),
    "node WordList": Row(_node_words, {OWN: SEEN_BY_LEADERS, ELSEWHERE: UNSEEN}),
    "node Adjustment": Row(_node_adjustment, {ANOTHERS: SEEN_BY_LEADERS, ELSEWHERE: UNSEEN}),
    "node PointsHold": Row(_node_hold, {OWN: SEEN_BY_OWNER, ANOTHERS: UNSEEN, ELSEWHERE: UNSEEN}),
    "node PointsMovement": Row(_node_movement, {OWN: SEEN_BY_OWNER, ANOTHERS: SEEN_BY_LEADERS, ELSEWHERE: UNSEEN}),
    "node ServiceToken": Row(_node_token, {OWN: SEEN_BY_LEADERS, ELSEWHERE: UNSEEN}),
    "node AuditEvent": Row(_node_audit_event, {OWN: SEEN_BY_LEADERS, ELSEWHERE: UNSEEN}),
    "node Invitation": Row(_node_invitation, {OWN: SEEN_BY_LEADERS, ELSEWHERE: UNSEEN}),
    "node Sanction": Row(
        _node_sanction, {OWN: (NONE, NONE, OK, OK, NONE, NONE), ANOTHERS: SEEN_BY_LEADERS, ELSEWHERE: UNSEEN}
    ),
    "node Trust": Row(
        _node_trust, {OWN: (NONE, NONE, OK, OK, NONE, NONE), ANOTHERS: SEEN_BY_LEADERS, ELSEWHERE: UNSEEN}
    ),
    "node PickUpPoint": Row(_node_point, {OWN: SEEN_BY_MEMBERS, ELSEWHERE: UNSEEN}),
    "node PickUpHelper": Row(_node_helper, {OWN: SEEN_BY_OWNER, ANOTHERS: SEEN_BY_LEADERS, ELSEWHERE: UNSEEN}),
    "community": Row(_community, {OWN: READERS, ELSEWHERE: NO_READERS}),
    "auditTrail": Row(_community_id, {OWN: LEADERS, ELSEWHERE: NO_MEMBERS}),
    "communityHistory": Row(_community_id, {OWN: LEADERS, ELSEWHERE: NO_MEMBERS}),
    "invitations": Row(_community_id, {OWN: LEADERS, ELSEWHERE: NO_MEMBERS}),
    "myFavourites": Row(_community_id, {OWN: MEMBERS, ELSEWHERE: NO_MEMBERS}),
    "memberBlocks": Row(_community_id, {OWN: MEMBERS, ELSEWHERE: NO_MEMBERS}),
    "suggestedMembers": Row(_suggest, {OWN: MEMBERS, ELSEWHERE: NO_MEMBERS}),
    "members": Row(_community_id, {OWN: LEADERS, ELSEWHERE: NO_MEMBERS}),
    "invitationPreview": Row(_preview, {OWN: LOGGED_IN, ELSEWHERE: LOGGED_IN}),
    "membership": Row(_community_id, {OWN: MEMBERS, ELSEWHERE: NO_MEMBERS}),
    "feed": Row(_community_id, {OWN: READERS, ELSEWHERE: NO_READERS}),
    "search": Row(_search, {OWN: READERS, ELSEWHERE: NO_READERS}),
    "suggestedTags": Row(_search, {OWN: READERS, ELSEWHERE: NO_READERS}),
    "event": Row(_of_event("id"), {OWN: READERS, ELSEWHERE: NO_READERS}),
    "events": Row(_community_id, {OWN: READERS, ELSEWHERE: NO_READERS}),
    "contentCalendar": Row(_calendar, {OWN: READERS, ELSEWHERE: NO_READERS}),
    "eventEntries": Row(_of_event("eventId"), {OWN: READERS, ELSEWHERE: NO_READERS}),
    "disqualifiedEntries": Row(_of_event("eventId"), {OWN: (NF, NF, LO, OK, LO, NF), ELSEWHERE: NO_READERS}),
    "juryTasks": Row(_list_tasks, {OWN: READERS, ELSEWHERE: NO_READERS}),
    "voteFindings": Row(_of_event("eventId"), {OWN: (NF, NF, LO, OK, LO, NF), ELSEWHERE: NO_READERS}),
    "myEntries": Row(_community_id, {OWN: MEMBERS, ELSEWHERE: NO_MEMBERS}),
    "entryChecks": Row(_with_submission(keyed=False), {OWN: READERS, ANOTHERS: NO_READERS, ELSEWHERE: NO_READERS}),
    "topic": Row(_of_topic("id"), {OWN: READERS, ELSEWHERE: NO_READERS}),
    "announcements": Row(_community_id, {OWN: MEMBERS, ELSEWHERE: NO_MEMBERS}),
    "myEndorsements": Row(_community_id, {OWN: MEMBERS, ELSEWHERE: NO_MEMBERS}),
    "endorsementQueue": Row(_endorsement_queue, {OWN: MEMBERS, ELSEWHERE: NO_MEMBERS}),
    "topics": Row(_community_id, {OWN: READERS, ELSEWHERE: NO_READERS}),
    "popularTags": Row(_community_id, {OWN: READERS, ELSEWHERE: NO_READERS}),
    "leaderboard": Row(_community_id, {OWN: READERS, ELSEWHERE: NO_READERS}),
    "submission": Row(
        _read_submission,
        {OWN: READERS, ANOTHERS: NO_READERS, ELSEWHERE: NO_READERS},
    ),
    "mySubmissionCounts": Row(_community_id, {OWN: MEMBERS, ELSEWHERE: NO_MEMBERS}),
    "myAppeals": Row(_community_id, {OWN: MEMBERS, ELSEWHERE: NO_MEMBERS}),
    "myReports": Row(_community_id, {OWN: MEMBERS, ELSEWHERE: NO_MEMBERS}),
    "mySubmissions": Row(_community_id, {OWN: MEMBERS, ELSEWHERE: NO_MEMBERS}),
    "pointsStatement": Row(_account, ACCOUNTS),
    "pointsEndings": Row(_account, ACCOUNTS),
    "pointsHolds": Row(_community_id, {OWN: MEMBERS, ELSEWHERE: NO_MEMBERS}),
    "pendingAdjustments": Row(_community_id, {OWN: LEADERS, ELSEWHERE: NO_MEMBERS}),
    "earningRules": Row(_community_id, {OWN: MEMBERS, ELSEWHERE: NO_MEMBERS}),
    "wordList": Row(_read_words, {OWN: LEADERS, ELSEWHERE: NO_MEMBERS}),
    "wordListEditions": Row(_community_id, {OWN: LEADERS, ELSEWHERE: NO_MEMBERS}),
    "screeningPreview": Row(_try_words, {OWN: LEADERS, ELSEWHERE: NO_MEMBERS}),
    "earningRuleEditions": Row(_editions, {OWN: MEMBERS, ELSEWHERE: NO_MEMBERS}),
    "seasons": Row(_community_id, {OWN: MEMBERS, ELSEWHERE: NO_MEMBERS}),
    "notices": Row(_community_id, {OWN: MEMBERS, ELSEWHERE: NO_MEMBERS}),
    "serviceTokens": Row(_community_id, {OWN: LEADERS, ELSEWHERE: NO_MEMBERS}),
    "trusts": Row(_community_id, {OWN: LEADERS, ELSEWHERE: NO_MEMBERS}),
    "pickUpPoints": Row(_community_id, {OWN: READERS, ELSEWHERE: NO_READERS}),
    "myAppointments": Row(_community_id, {OWN: MEMBERS, ELSEWHERE: NO_MEMBERS}),
    "myMedia": Row(_my_pictures, {OWN: LOGGED_IN, ANOTHERS: LOGGED_IN}),
    "reviewQueue": Row(_community_id, {OWN: LEADERS, ELSEWHERE: NO_MEMBERS}),
    "reviewFigures": Row(_ask_figures, {OWN: LEADERS, ELSEWHERE: NO_MEMBERS}),
    "reviewCounts": Row(_community_id, {OWN: LEADERS, ELSEWHERE: NO_MEMBERS}),
    "reviewCase": Row(_read_case, {OWN: LEADERS_OF_THING, ANOTHERS: LEADERS_OF_THING, ELSEWHERE: UNKNOWN_THING}),
    "myComplaints": Row(_community_id, {OWN: MEMBERS, ELSEWHERE: NO_MEMBERS}),
    "node Comment": Row(_node_comment, {OWN: SEEN_BY_MEMBERS, ANOTHERS: SEEN_BY_MEMBERS, ELSEWHERE: UNSEEN}),
    "node CommentHiding": Row(_node_hiding, {OWN: SEEN_BY_OWNER, ANOTHERS: SEEN_BY_LEADERS, ELSEWHERE: UNSEEN}),
    "node Complaint": Row(_node_complaint, {OWN: SEEN_BY_OWNER, ANOTHERS: SEEN_BY_LEADERS, ELSEWHERE: UNSEEN}),
    # rewards
    "node Reward": Row(_of_reward("id"), {OWN: SEEN_BY_MEMBERS, ELSEWHERE: UNSEEN}),
    "node Redemption": Row(_of_redemption("id"), {OWN: SEEN_BY_OWNER, ANOTHERS: SEEN_BY_LEADERS, ELSEWHERE: UNSEEN}),
    "rewards": Row(_community_id, {OWN: READERS, ELSEWHERE: NO_READERS}),
    "unpublishedRewards": Row(_community_id, {OWN: LEADERS, ELSEWHERE: NO_MEMBERS}),
    "reward": Row(_of_reward("id"), {OWN: READERS, ELSEWHERE: NO_READERS}),
    "reward draft": Row(_of_reward("id", published=False), {OWN: (NF, NF, NF, OK, NF, NF), ELSEWHERE: NO_READERS}),
    "myRedemptions": Row(_community_id, {OWN: MEMBERS, ELSEWHERE: NO_MEMBERS}),
    "redemptions": Row(_community_id, {OWN: LEADERS, ELSEWHERE: NO_MEMBERS}),
    "redemptionCounts": Row(_of_reward(), MANAGING),
    "redemptionsCsv": Row(_of_reward(), MANAGING),
    "rewardCreate": Row(_new_reward, {OWN: LEADERS, ELSEWHERE: NO_MEMBERS}),
    "rewardEdit": Row(_of_reward(content=REWARD), MANAGING),
    "rewardPublish": Row(_of_reward(published=False, version=1), MANAGING),
    "rewardWithdraw": Row(_of_reward(cancelRedemptions=True), MANAGING),
    "rewardStockSet": Row(_of_reward(versioned=False, total=9), MANAGING),
    "couponImport": Row(_of_reward(versioned=False, kind=RewardKind.COUPON, csv="C1"), MANAGING),
    "couponVoid": Row(_of_reward(versioned=False, kind=RewardKind.COUPON, quantity=None), MANAGING),
    "couponShow": Row(_show_coupon, OWN_THING),
    "slotCreate": Row(_new_slot, MANAGING),
    "slotCapacitySet": Row(_of_slot(capacity=3), MANAGING),
    "slotCancel": Row(_of_slot(), MANAGING),
    "comingSlots": Row(_of_reward(kind=RewardKind.SERVICE), {OWN: READERS, ELSEWHERE: NO_READERS}),
    "serviceSlots": Row(_of_reward(kind=RewardKind.SERVICE), MANAGING),
    "node ServiceSlot": Row(_of_slot("id"), {OWN: SEEN_BY_MEMBERS, ELSEWHERE: UNSEEN}),
    "redemptionReserve": Row(_reserve, {OWN: (U, NF, OK, OK, OK, U), ELSEWHERE: UNKNOWN_THING}),
    "projectContributors": Row(_of_project, {OWN: READERS, ELSEWHERE: NO_READERS}),
    "projectReports": Row(_of_project, {OWN: READERS, ELSEWHERE: NO_READERS}),
    "projectReport": Row(_report_project, MANAGING),
    "node ProjectReport": Row(_node_project_report, {OWN: SEEN_BY_MEMBERS, ELSEWHERE: UNSEEN}),
    "pledgeName": Row(_name_pledge, OWN_THING),
    "trialReviewName": Row(_name_review, OWN_THING),
    "redemptionCancel": Row(_of_redemption(), OWN_THING),
    "redemptionCancelFor": Row(_of_redemption(reason="坏了"), DECIDING_REDEMPTION),
    "redemptionByCode": Row(_code, VERIFYING),
    "redemptionVerify": Row(_verify, VERIFYING),
    "redemptionUndo": Row(_undo, UNDOING),
    "redemptionConfirm": Row(_of_redemption(), DECIDING_REDEMPTION),
    # logging in, and oneself
    "login": Row(_login, {OWN: EVERYONE}),
    "sessionRefresh": Row(_refresh, {OWN: EVERYONE}),
    "sessionEnd": Row(_end, {OWN: LOGGED_IN, ANOTHERS: (U, NF, NF, NF, NF, U)}),
    "sessionEndAll": Row(_fixed_input(keepThis=True), PERSONAL),
    "platformLink": Row(_link, {OWN: LOGGED_IN, ANOTHERS: (U, *("IDENTITY_TAKEN",) * 4, U)}),
    "platformUnlink": Row(_unlink, {OWN: (U, NF, NF, NF, NF, U)}),
    "platformSessionCheck": Row(_fixed_input(platform="WECHAT"), WITHOUT_WECHAT),
    "phoneBind": Row(_fixed_input(code="x"), WITHOUT_WECHAT),
    "phoneUnbind": Row(_fixed_input(confirm=True), PERSONAL),
    "personEdit": Row(_nickname, PERSONAL),
    "guardianAsk": Row(_fixed_input(confirm=True), {OWN: (U, *("INVALID_INPUT",) * 4, U)}),
    "guardianConfirm": Row(_confirm, PERSONAL),
    "guardianRevoke": Row(_revoke, {OWN: LOGGED_IN, ANOTHERS: (U, NF, NF, NF, NF, U)}),
    "consentGive": Row(_consent, PERSONAL),
    "consentWithdraw": Row(_fixed_input(purpose="NOTICES"), PERSONAL),
    "dataExportRequest": Row(_fixed_input(confirm=True), PERSONAL),
    "erasureRequest": Row(_new_erasure, PERSONAL),
    "erasureCancel": Row(_pending_erasure, {OWN: LOGGED_IN, ANOTHERS: (U, *("NO_ERASURE_STANDING",) * 4, U)}),
    # communities
    "communityJoin": Row(_join, PERSONAL),
    "communityJoin by id": Row(
        _join_by_id,
        {OPEN: LOGGED_IN, OWN: (U, *("INVITATION_INVALID",) * 4, U), ELSEWHERE: (U, *("INVITATION_INVALID",) * 4, U)},
    ),
    "communityLeave": Row(_leave, {OWN: MEMBERS, ELSEWHERE: NO_MEMBERS}),
    "communityEdit": Row(_edit_community, {OWN: LEADERS, ELSEWHERE: NO_MEMBERS}),
    "invitationCreate": Row(lambda world, role, target: _keyed(world, target), {OWN: LEADERS, ELSEWHERE: NO_MEMBERS}),
    "invitationRevoke": Row(_invitation, {OWN: LEADERS_OF_THING, ELSEWHERE: UNKNOWN_THING}),
    "roleGive": Row(_role, {OWN: LEADERS_OF_THING, ANOTHERS: LEADERS_OF_THING, ELSEWHERE: UNKNOWN_THING}),
    "roleTake": Row(_role, {OWN: LEADERS_OF_THING, ANOTHERS: LEADERS_OF_THING, ELSEWHERE: UNKNOWN_THING}),
    "sanctionGive": Row(
        _give_sanction,
        {OWN: (U, NF, LO, "LEADER_PROTECTED", LO, U), ANOTHERS: LEADERS_OF_THING, ELSEWHERE: UNKNOWN_THING},
    ),
    "trustGive": Row(
        _give_trust,
        {OWN: (U, NF, LO, "TRUST_NOT_POSSIBLE", LO, U), ANOTHERS: LEADERS_OF_THING, ELSEWHERE: UNKNOWN_THING},
    ),
    "trustEnd": Row(_end_trust, {OWN: LEADERS_OF_THING, ANOTHERS: LEADERS_OF_THING, ELSEWHERE: UNKNOWN_THING}),
    "memberBlock": Row(
        _member,
        {
            OWN: (U, NF, *("INVALID_INPUT",) * 3, U),
            ANOTHERS: (U, NF, OK, "LEADER_NOT_BLOCKED", OK, U),
            ELSEWHERE: UNKNOWN_THING,
        },
    ),
    "memberUnblock": Row(
        _member, {OWN: (U, NF, OK, OK, OK, U), ANOTHERS: (U, NF, OK, OK, OK, U), ELSEWHERE: UNKNOWN_THING}
    ),
    "sanctionLift": Row(_lift_sanction, {OWN: LEADERS_OF_THING, ANOTHERS: LEADERS_OF_THING, ELSEWHERE: UNKNOWN_THING}),
    "commentCreate": Row(_comment, {OWN: MEMBERS_OF_THING, ANOTHERS: MEMBERS_OF_THING, ELSEWHERE: UNKNOWN_THING}),
    "commentEdit": Row(
        _of_comment(text="很香"), {OWN: MEMBERS_OF_THING, ANOTHERS: AUTHORS_OF_THING, ELSEWHERE: UNKNOWN_THING}
    ),
    "commentDelete": Row(_of_comment(), {OWN: MEMBERS_OF_THING, ANOTHERS: AUTHORS_OF_THING, ELSEWHERE: UNKNOWN_THING}),
    "commentLike": Row(_like_comment, {OWN: MEMBERS_OF_THING, ANOTHERS: MEMBERS_OF_THING, ELSEWHERE: UNKNOWN_THING}),
    "commentUnlike": Row(_like_comment, {OWN: MEMBERS_OF_THING, ANOTHERS: MEMBERS_OF_THING, ELSEWHERE: UNKNOWN_THING}),
    "commentsClose": Row(_of_published(reason="吵"), {ANOTHERS: LEADERS_OF_THING, ELSEWHERE: UNKNOWN_THING}),
    "commentsOpen": Row(_of_published(), {ANOTHERS: LEADERS_OF_THING, ELSEWHERE: UNKNOWN_THING}),
    "complaintOpen": Row(_keyed_with(text="坏了"), {OWN: MEMBERS, ELSEWHERE: NO_MEMBERS}),
    "complaintReply": Row(
        _of_complaint(), {OWN: (U, NF, OK, OK, OK, U), ANOTHERS: LEADERS_OF_THING, ELSEWHERE: UNKNOWN_THING}
    ),
    "complaintSolve": Row(
        _of_complaint(), {OWN: (U, NF, LO, "OWN_CASE", LO, U), ANOTHERS: LEADERS_OF_THING, ELSEWHERE: UNKNOWN_THING}
    ),
    "complaintReopen": Row(
        _of_complaint(solved=True),
        {OWN: (U, NF, OK, OK, OK, U), ANOTHERS: UNKNOWN_THING, ELSEWHERE: UNKNOWN_THING},
    ),
    # submissions and their review
    "submissionCreate": Row(_create, {OWN: MEMBERS, ELSEWHERE: NO_MEMBERS}),
    "submissionEdit": Row(_of_submission(World.draft, content=WORDS), AUTHORS),
    "submissionSubmit": Row(_of_submission(World.draft), AUTHORS),
    "submissionWithdraw": Row(_of_submission(World.public), AUTHORS | {ANOTHERS: (U, NF, *("AUTHORS_ONLY",) * 3, U)}),
    "submissionErase": Row(_of_submission(World.public), AUTHORS | {ANOTHERS: (U, NF, *("AUTHORS_ONLY",) * 3, U)}),
    "submissionMakePublic": Row(_of_submission(World.public), AUTHORS | {ANOTHERS: (U, NF, *("AUTHORS_ONLY",) * 3, U)}),
    "submissionRemove": Row(
        _of_submission(World.public, reason="广告"),
        {OWN: LEADERS_OF_THING, ANOTHERS: LEADERS_OF_THING, ELSEWHERE: UNKNOWN_THING},
    ),
    "submissionRestore": Row(
        _of_submission(World.removed, reason="看错了"),
        {OWN: (U, NF, LO, "OWN_SUBMISSION", LO, U), ANOTHERS: (U, NF, NF, OK, NF, U), ELSEWHERE: UNKNOWN_THING},
    ),
    "submissionLike": Row(
        _like, {OWN: (U, NF, OK, OK, OK, U), ANOTHERS: (U, NF, OK, OK, OK, U), ELSEWHERE: UNKNOWN_THING}
    ),
    "submissionFavourite": Row(
        _like, {OWN: (U, NF, OK, OK, OK, U), ANOTHERS: (U, NF, OK, OK, OK, U), ELSEWHERE: UNKNOWN_THING}
    ),
    "submissionUnfavourite": Row(
        _like, {OWN: (U, NF, OK, OK, OK, U), ANOTHERS: (U, NF, OK, OK, OK, U), ELSEWHERE: UNKNOWN_THING}
    ),
    "submissionShare": Row(
        _share, {OWN: (U, NF, OK, OK, OK, U), ANOTHERS: (U, NF, OK, OK, OK, U), ELSEWHERE: UNKNOWN_THING}
    ),
    "submissionUnlike": Row(
        _like, {OWN: (U, NF, OK, OK, OK, U), ANOTHERS: (U, NF, OK, OK, OK, U), ELSEWHERE: UNKNOWN_THING}
    ),
    "submissionApprove": Row(_of_case(scores=SCORES), DECIDING),
    "submissionReturn": Row(_of_case(whatToChange="再写写"), DECIDING),
    "decisionAppeal": Row(_appeal_decision, APPEALING),
    "removalAppeal": Row(_appeal_removal, APPEALING),
    "blockAppeal": Row(_appeal_block, APPEALING),
    "hidingAppeal": Row(_appeal_hiding, APPEALING),
    "commentApprove": Row(_of_comment_case(), JUDGING),
    "commentRefuse": Row(_of_comment_case(reason="广告"), JUDGING),
    "commentHide": Row(_of_comment(reason="广告"), JUDGING),
    "commentRestore": Row(_hidden_comment, JUDGING),
    "commentReport": Row(
        _of_comment(category="OTHER"),
        {OWN: (U, NF, *("OWN_THING",) * 3, U), ANOTHERS: (U, NF, OK, OK, OK, U), ELSEWHERE: UNKNOWN_THING},
    ),
    "sanctionAppeal": Row(_appeal_sanction, APPEALING | {OWN: (U, NF, OK, NF, NF, U)}),
    "appealAnswer": Row(
        _answer_appeal,
        {OWN: (U, NF, LO, "OWN_CASE", LO, U), ANOTHERS: LEADERS_OF_THING, ELSEWHERE: UNKNOWN_THING},
    ),
    "submissionReport": Row(
        _of_published(category="OTHER"),
        {OWN: (U, NF, *("OWN_SUBMISSION",) * 3, U), ANOTHERS: (U, NF, OK, OK, OK, U), ELSEWHERE: UNKNOWN_THING},
    ),
    "reportUphold": Row(_of_reports(reason="广告"), DECIDING),
    "reportDismiss": Row(_of_reports(), DECIDING),
    "submissionReject": Row(_of_case(reason="不合适"), DECIDING),
    "caseClaim": Row(_work_on_case(), DECIDING),
    "caseRelease": Row(_work_on_case(), DECIDING),
    "caseHandOver": Row(_hand_over, DECIDING),
    # Each decision has its own answer, so a case of another community or an own one is not refused as a whole.
    "caseDecideMany": Row(_decide_many, {OWN: LEADERS, ELSEWHERE: NO_MEMBERS}),
    "caseEscalate": Row(_of_case(note="请看"), DECIDING),
    # points
    "checkIn": Row(_community_id, {OWN: MEMBERS, ELSEWHERE: NO_MEMBERS}),
    "noticesRead": Row(_read_notices, {OWN: MEMBERS, ELSEWHERE: NO_MEMBERS}),
    "announcementWrite": Row(_keyed_with(text="团"), {OWN: LEADERS, ELSEWHERE: NO_MEMBERS}),
    "announcementCancel": Row(_of_announcement("announcementId"), {OWN: LEADERS_OF_THING, ELSEWHERE: UNKNOWN_THING}),
    "messagesAccept": Row(_keyed_with(accepted=[]), {OWN: MEMBERS, ELSEWHERE: NO_MEMBERS}),
    "noticesMute": Row(_mute_notices, {OWN: MEMBERS, ELSEWHERE: NO_MEMBERS}),
    "earningRulePublish": Row(_keyed_with(trigger="CHECK_IN"), {OWN: LEADERS, ELSEWHERE: NO_MEMBERS}),
    "reasonTemplatesEdit": Row(_edit_templates, {OWN: LEADERS, ELSEWHERE: NO_MEMBERS}),
    "twoPersonKindsEdit": Row(_edit_two_person_kinds, {OWN: LEADERS, ELSEWHERE: NO_MEMBERS}),
    "wordListPublish": Row(_publish_words, {OWN: LEADERS, ELSEWHERE: NO_MEMBERS}),
    "credentialApply": Row(_apply, {OWN: MEMBERS, ELSEWHERE: NO_MEMBERS}),
    "credentialWithdraw": Row(
        _withdraw_credential,
        {OWN: MEMBERS_OF_THING, ANOTHERS: UNKNOWN_THING, ELSEWHERE: UNKNOWN_THING},
    ),
    "endorsementGive": Row(
        _endorse,
        {OWN: (U, NF, *("OWN_CONTENT",) * 3, U), ANOTHERS: MEMBERS_OF_THING, ELSEWHERE: UNKNOWN_THING},
    ),
    "endorsementWithdraw": Row(
        _withdraw_endorsement,
        {OWN: MEMBERS_OF_THING, ANOTHERS: UNKNOWN_THING, ELSEWHERE: UNKNOWN_THING},
    ),
    "endorsementNoteApprove": Row(_of_note_case(), JUDGING),
    "endorsementNoteRefuse": Row(_of_note_case(reason="广告"), JUDGING),
    "endorsementNoteHide": Row(_hide_note, JUDGING),
    "endorsementNoteReport": Row(
        _report_note,
        {OWN: (U, NF, *("OWN_THING",) * 3, U), ANOTHERS: (U, NF, OK, OK, OK, U), ELSEWHERE: UNKNOWN_THING},
    ),
    "endorsementRequest": Row(_request_endorsement, {OWN: LEADERS_OF_THING, ELSEWHERE: UNKNOWN_THING}),
    "eventCreate": Row(_create_event, {OWN: LEADERS, ELSEWHERE: NO_MEMBERS}),
    "eventCreateByTemplate": Row(_create_by_template, {OWN: LEADERS, ELSEWHERE: NO_MEMBERS}),
    "eventEdit": Row(_of_event("eventId", content=_CONTENT), {OWN: LEADERS_OF_THING, ELSEWHERE: UNKNOWN_THING}),
    "eventMove": Row(_of_event("eventId", state="CANCELLED"), {OWN: LEADERS_OF_THING, ELSEWHERE: UNKNOWN_THING}),
    "eventPrizes": Row(_give_prizes, {OWN: LEADERS_OF_THING, ELSEWHERE: UNKNOWN_THING}),
    "eventCheckIn": Row(_check_in, {OWN: MEMBERS_OF_THING, ELSEWHERE: UNKNOWN_THING}),
    "eventQuestions": Row(_write_questions, {OWN: LEADERS_OF_THING, ELSEWHERE: UNKNOWN_THING}),
    "questionAnswer": Row(_of_question("questionId", text="雨"), {OWN: MEMBERS_OF_THING, ELSEWHERE: UNKNOWN_THING}),
    "entryCreate": Row(
        _with_submission(keyed=True), {OWN: MEMBERS_OF_THING, ANOTHERS: UNKNOWN_THING, ELSEWHERE: UNKNOWN_THING}
    ),
    "entryWithdraw": Row(
        _of_entry("entryId", EventState.OPEN),
        {OWN: MEMBERS_OF_THING, ANOTHERS: UNKNOWN_THING, ELSEWHERE: UNKNOWN_THING},
    ),
    "entryDisqualify": Row(_of_entry("entryId", EventState.OPEN, reason="重复"), OF_OTHERS),
    "entryReinstate": Row(_of_entry("entryId", EventState.OPEN, is_out=True), OF_OTHERS),
    "entryPick": Row(_of_entry("entryId", EventState.JUDGING, tier="GOLD"), OF_OTHERS),
    "entryAttend": Row(_attend, {OWN: MEMBERS_OF_THING, ANOTHERS: UNKNOWN_THING, ELSEWHERE: UNKNOWN_THING}),
    "jurorAppoint": Row(_appoint_juror, {OWN: LEADERS_OF_THING, ELSEWHERE: UNKNOWN_THING}),
    "jurorDrop": Row(_drop_juror, {OWN: MEMBERS_OF_THING, ELSEWHERE: UNKNOWN_THING}),
    "entryScore": Row(_score, {OWN: MEMBERS_OF_THING, ELSEWHERE: UNKNOWN_THING}),
    "entryVote": Row(
        _of_entry("entryId", EventState.VOTING, kind=EventKind.PHOTO_CONTEST),
        {
            ANOTHERS: MEMBERS_OF_THING,
            OWN: (U, NF, *("OWN_ENTRY",) * 3, U),
            ELSEWHERE: UNKNOWN_THING,
        },
    ),
    "topicOpen": Row(_open_topic, {OWN: LEADERS, ELSEWHERE: NO_MEMBERS}),
    "topicEdit": Row(
        _of_topic("topicId", version=1, lastDay="2099-01-01"), {OWN: LEADERS_OF_THING, ELSEWHERE: UNKNOWN_THING}
    ),
    "topicClose": Row(_of_topic("topicId"), {OWN: LEADERS_OF_THING, ELSEWHERE: UNKNOWN_THING}),
    "seasonOpen": Row(_open_season, {OWN: LEADERS, ELSEWHERE: NO_MEMBERS}),
    "seasonCancel": Row(_season, {OWN: LEADERS_OF_THING, ELSEWHERE: UNKNOWN_THING}),
    "pointsAdjust": Row(_adjust, ADJUSTING),
    "adjustmentApprove": Row(_adjustment, ADJUSTING),
    "adjustmentDecline": Row(_adjustment, ADJUSTING),
    "pointsSpend": Row(_spend, SERVICES_HERE),
    "pointsRefund": Row(_refund, SERVICES_HERE),
    "pointsFreeze": Row(_freeze, SERVICES_HERE),
    "pointsCapture": Row(_hold, SERVICES_HERE),
    "pointsRelease": Row(_hold, SERVICES_HERE),
    "interactionReport": Row(_report, SERVICES_HERE),
    # Each interaction has its own result, so a smuggled one is not refused as a whole.
    "interactionsReport": Row(_report_many, {OWN: SERVICES}),
    "serviceTokenCreate": Row(_keyed_with(name="店", scopes=["MOVE_POINTS"]), {OWN: LEADERS, ELSEWHERE: NO_MEMBERS}),
    "serviceTokenApprove": Row(_token, {OWN: LEADERS_OF_THING, ELSEWHERE: UNKNOWN_THING}),
    "serviceTokenRevoke": Row(_token, {OWN: LEADERS_OF_THING, ELSEWHERE: UNKNOWN_THING}),
    # pick-up points
    "pickUpPointCreate": Row(
        _keyed_with(name="东门", address="枫林路 8 号", openingHours="每天"), {OWN: LEADERS, ELSEWHERE: NO_MEMBERS}
    ),
    "pickUpPointEdit": Row(_edit_point, {OWN: LEADERS_OF_THING, ELSEWHERE: UNKNOWN_THING}),
    "pickUpPointClose": Row(_point, {OWN: LEADERS_OF_THING, ELSEWHERE: UNKNOWN_THING}),
    "pickUpHelperAppoint": Row(_appoint, {OWN: LEADERS_OF_THING, ELSEWHERE: UNKNOWN_THING}),
    "pickUpHelperDismiss": Row(_helper, {OWN: LEADERS_OF_THING, ANOTHERS: LEADERS_OF_THING, ELSEWHERE: UNKNOWN_THING}),
    # pictures
    "mediaUpload": Row(_upload, PERSONAL),
    "personSetAvatar": Row(_picture, {OWN: LOGGED_IN, ANOTHERS: (U, NF, NF, NF, NF, U)}),
}
