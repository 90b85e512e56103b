"""Events of an account reach the audit trail, and the person's inbox in each community."""

from __future__ import annotations

from datetime import timedelta

import pytest

from community.accounts import people, phones, session_cleanup, sessions
from community.accounts.errors import SessionEnded
from community.accounts.models import Platform
from community.communities import invitations, memberships
from community.consent import consents, documents, guardians
from community.consent.models import ConsentPurpose
from community.kernel import audit, clock
from community.kernel.paging import PageRequest
from community.kernel.personal import ErasureContent
from community.notices import queries, service
from community.notices.models import NoticeKind
from community.privacy import erasures, exports
from tests.accounts.test_linking import link, log_in, unlink
from tests.consent.story import years_ago
from tests.support.story import create_community, create_person, list_pending_effects


@pytest.fixture
async def member(database):
    """Return a resident who is logged in on one device."""
    place = await create_community()
    await sessions.begin(database, place.resident.person_id, Platform.DEVELOPMENT)
    return place.resident


async def list_actions(member):
    rows = await audit.list_events(audit.NO_COMMUNITY_ID, subject="person", subject_id=member.person_id)
    return [row.action for row in rows]


async def list_kinds(member):
    for name, verb in (("person", service.notify_person), ("of_earlier_events", service.notify_of_earlier_events)):
        for args in await list_pending_effects(f"effects.notify_{name}"):
            for _ in range(2):
                await verb(**args)
    return [row.kind for row in (await queries.list_inbox(member, PageRequest())).rows]


async def test_first_login_is_recorded_without_a_notice(member):
    assert (await list_actions(member))[-1] == "session.begin"
    assert await list_kinds(member) == []


async def test_login_on_another_device_is_reported(database, member):
    opened = await sessions.begin(database, member.person_id, Platform.DEVELOPMENT, device="另一台")
    await sessions.refresh(database, opened.refresh)
    assert (await list_actions(member))[-2:] == ["session.begin", "session.begin"]
    assert await list_kinds(member) == [NoticeKind.ACCOUNT_LOGIN]


async def test_logout_is_recorded_once(database, member):
    opened = await sessions.begin(database, member.person_id, Platform.DEVELOPMENT)
    for _ in range(2):
        await sessions.end(member.person_id, session_id=opened.session_id)
        await sessions.end_all(member.person_id)
    assert (await list_actions(member))[-3:] == ["session.begin", "session.end", "session.end"]


async def test_login_after_retention_of_sessions_is_reported(database, member):
    with clock.at(clock.now() + timedelta(days=90)):
        await session_cleanup.delete_old(clock.now())
        await sessions.begin(database, member.person_id, Platform.DEVELOPMENT)
    assert await list_kinds(member) == [NoticeKind.ACCOUNT_LOGIN]


async def test_end_by_a_reused_token_is_reported_once(database, member):
    opened = await sessions.begin(database, member.person_id, Platform.DEVELOPMENT)
    await sessions.refresh(database, opened.refresh)
    for _ in range(2):
        with clock.at(clock.now() + timedelta(minutes=5)), pytest.raises(SessionEnded):
            await sessions.refresh(database, opened.refresh)
    assert (await list_actions(member))[-2:] == ["session.begin", "session.reuse"]
    assert await list_kinds(member) == [NoticeKind.SESSION_REUSED, NoticeKind.ACCOUNT_LOGIN]


async def test_former_owner_of_a_telephone_is_told(database, member):
    await phones.bind(database, member.person_id, "+86 13800138000")
    await phones.bind(database, await create_person(), "+86 13800138000")
    assert (await list_actions(member))[-2:] == ["phone.bind", "phone.unbind"]
    assert await list_kinds(member) == [NoticeKind.PHONE_CHANGED] * 2


async def test_change_of_the_telephone_is_reported(database, member):
    await phones.bind(database, member.person_id, "+86 13800138000")
    await phones.unbind(member.person_id)
    await phones.unbind(member.person_id)
    assert (await list_actions(member))[-2:] == ["phone.bind", "phone.unbind"]
    assert await list_kinds(member) == [NoticeKind.PHONE_CHANGED] * 2


async def test_export_and_erasure_requests_are_reported(database, member):
    await exports.request(member.person_id)
    await erasures.request(database, member.person_id, content=ErasureContent.ANONYMISE)
    assert (await list_actions(member))[-2:] == ["export.request", "erasure.request"]
    assert await list_kinds(member) == [NoticeKind.ERASURE_REQUESTED, NoticeKind.EXPORT_REQUESTED]


async def test_cancelled_erasure_is_recorded(database, member):
    await erasures.request(database, member.person_id, content=ErasureContent.ANONYMISE)
    await erasures.cancel(member.person_id)
    assert (await list_actions(member))[-2:] == ["erasure.request", "erasure.cancel"]


@pytest.mark.parametrize("is_erased", [False, True])
async def test_end_of_a_guardian_confirmation_is_recorded(database, member, is_erased):
    child, guardian = member.person_id, await create_person()
    await people.edit(child, born_on=years_ago(10))
    await people.edit(guardian, born_on=years_ago(40))
    code = await guardians.create_guardian_code(database, child)
    await guardians.confirm_child(database, guardian, code=code.code)
    await (guardians.erase(guardian) if is_erased else guardians.revoke_child_confirmation(guardian, child_id=child))
    assert (await list_actions(member))[-2:] == ["guardian.confirm", "guardian.revoke"]


async def test_link_and_unlink_reach_the_inbox(connected, platforms):
    owner = await log_in(connected, platforms.wechat, "主人")
    member = await join(owner)
    proof = (platforms.wechat, "主人")
    await link(connected, owner, platforms.alipay, "主人", proof=proof)
    await unlink(connected, owner, Platform.ALIPAY, proof=proof)
    assert await list_kinds(member) == [NoticeKind.LOGIN_UNLINKED, NoticeKind.LOGIN_LINKED]


async def join(person_id):
    code = (await invitations.invite((await create_community()).leader)).code
    return await memberships.join(person_id, invitation_code=code)


async def test_events_before_joining_reach_the_first_inbox(database):
    person_id = await create_person()
    await sessions.begin(database, person_id, Platform.DEVELOPMENT)
    asked_at = clock.now()
    await exports.request(person_id)
    await service.notify_person(**(await list_pending_effects("effects.notify_person"))[0])
    with clock.at(asked_at + timedelta(days=40)):
        member, elsewhere = await join(person_id), await join(person_id)
        for args in await list_pending_effects("effects.notify_of_earlier_events"):
            await service.notify_of_earlier_events(**args)
    (row,) = (await queries.list_inbox(member, PageRequest())).rows
    assert (row.kind, row.read_at) == (NoticeKind.EXPORT_REQUESTED, None)
    assert row.created_at - asked_at < timedelta(days=1)
    assert [await queries.count_unread(inbox) for inbox in (member, elsewhere)] == [1, 1]


async def test_event_read_in_a_former_community_stays_read(member):
    await exports.request(member.person_id)
    assert await list_kinds(member) == [NoticeKind.EXPORT_REQUESTED]
    newest = (await queries.list_inbox(member, PageRequest(1))).rows[0]
    await service.mark_read_up_to(member, newest.id)
    await memberships.leave(member)
    joined = await join(member.person_id)
    await service.notify_of_earlier_events(member.person_id)
    assert (await queries.list_inbox(joined, PageRequest())).rows == []


async def test_event_unread_in_a_former_community_arrives_again(member):
    await exports.request(member.person_id)
    assert await list_kinds(member) == [NoticeKind.EXPORT_REQUESTED]
    await memberships.leave(member)
    assert await list_kinds(await join(member.person_id)) == [NoticeKind.EXPORT_REQUESTED]


async def test_ban_and_pardon_are_recorded(member):
    await people.ban(member.person_id, reason="广告")
    await people.unban(member.person_id)
    assert (await list_actions(member))[-2:] == ["person.ban", "person.unban"]


async def test_consent_is_recorded(member):
    document = await documents.publish(ConsentPurpose.NOTICES, title="题", text="文", renews=True)
    await consents.give(member.person_id, document_id=document.id)
    await consents.withdraw(member.person_id, purpose=ConsentPurpose.NOTICES)
    assert (await list_actions(member))[-2:] == ["consent.give", "consent.withdraw"]
