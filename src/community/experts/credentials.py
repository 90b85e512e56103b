"""Verbs of credentials. A member applies, and an operator decides. Both may withdraw."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime
from enum import StrEnum

from community.communities import permissions
from community.communities.permissions import Actor
from community.communities.time_zones import get_time_zone
from community.consent.models import ConsentPurpose
from community.experts import names, queries, rules  # noqa: F401 - `names` adds its check of nicknames
from community.experts.errors import CredentialNotCurrent
from community.experts.models import CredentialState
from community.experts.queries import AppliedRow, CredentialRow, list_credentials
from community.experts.rules import Application
from community.kernel import audit, clock, db, mistakes, outbox
from community.kernel.errors import InvalidInput, NotFound, require_row
from community.kernel.row_failures import walk
from community.notices.models import NoticeKind
from community.notices.service import notify_member
from community.safety import call_checks
from community.safety.checks import Screening

FOLLOW_EFFECT = "effects.follow_credential"
_BATCH_SIZE = 100


class CredentialAction(StrEnum):
    """Decision of an operator about a credential. The value is the action of the audit trail."""

    VERIFY = "credential.verify"
    REFUSE = "credential.refuse"
    SUSPEND = "credential.suspend"
    RENEW = "credential.renew"
    WITHDRAW = "credential.withdraw"


_USABLE = frozenset({CredentialState.VERIFIED, CredentialState.SUSPENDED})
_HELD = _USABLE | {CredentialState.EXPIRED}
_ENDED = frozenset({CredentialState.REFUSED, CredentialState.WITHDRAWN})
TRANSITIONS = {
    CredentialAction.VERIFY: ({CredentialState.APPLIED, CredentialState.SUSPENDED}, CredentialState.VERIFIED),
    CredentialAction.REFUSE: ({CredentialState.APPLIED}, CredentialState.REFUSED),
    CredentialAction.SUSPEND: (_HELD - {CredentialState.SUSPENDED}, CredentialState.SUSPENDED),
    CredentialAction.RENEW: (_HELD, CredentialState.VERIFIED),
    CredentialAction.WITHDRAW: (_HELD, CredentialState.WITHDRAWN),
}
"""The states in which a decision is possible, and the state after it."""
_COLUMNS = db.columns(CredentialRow)
_APPLY = db.Change(
    "INSERT INTO credential (community_id, membership_id, profession, kinds, tags, issuer, evidence, state, version,"
    " applied_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 'APPLIED', 1, $8, $9)"
    " ON CONFLICT (community_id, membership_id) WHERE state = 'APPLIED' DO UPDATE SET"
    " profession = excluded.profession, kinds = excluded.kinds, tags = excluded.tags, issuer = excluded.issuer,"
    " evidence = excluded.evidence, version = credential.version + 1, applied_at = excluded.applied_at,"
    f" expires_at = excluded.expires_at RETURNING {_COLUMNS}",
    CredentialRow,
)
_LOCK = db.Select(f"SELECT {_COLUMNS} FROM credential WHERE id = $1 FOR UPDATE", CredentialRow)
_DECIDE = db.Change(
    "UPDATE credential SET state = $2, reason = $3, decided_at = $4, expires_at = $5, version = version + 1"
    f" WHERE id = $1 RETURNING {_COLUMNS}",
    CredentialRow,
)
_DUE = db.Select(
    "SELECT id FROM credential WHERE state = 'VERIFIED' AND expires_at <= $1 ORDER BY expires_at, id"
    f" LIMIT {_BATCH_SIZE}",
    db.Id,
)
_SOON = db.Select(
    f"SELECT {_COLUMNS} FROM credential WHERE state = 'VERIFIED' AND expires_at > $1 AND expires_at <= $2"
    f" AND (expires_at, id) > ($3, $4) ORDER BY expires_at, id LIMIT {_BATCH_SIZE}",
    CredentialRow,
)


async def check(community_id: int, application: Application) -> Screening:
    """Check the texts of an application that readers would see. Call it outside a transaction.

    An application with mistakes has no findings, because `apply` refuses it.
    """
    texts: dict[str, str] = {}
    with suppress(InvalidInput):
        texts = rules.list_public_texts(rules.normalise_application(application))
    return await call_checks.check(community_id, texts)


async def list_in_state(state: CredentialState) -> list[tuple[AppliedRow, list[str]]]:
    """Return up to 1000 credentials in a state, each with words to look at.

    The words are those that the checks find. They are for the operator.
    """
    rows, found = await queries.list_in_state(state), []
    for row in rows:
        texts = rules.list_public_texts(row)
        screening = await call_checks.check(row.community_id, texts)
        places = [finding.place for finding in screening.findings if finding.place is not None]
        found.append(list(dict.fromkeys(texts[place.field][place.start : place.end] for place in places)))
    return list(zip(rows, found, strict=True))


@db.transactional
async def apply(actor: Actor, *, application: Application, found: Screening) -> CredentialRow:
    """Apply for a credential, and return it. A waiting application of the member is replaced.

    `found` is the result of `check`. Personal data is stored as stars. Raises Muted, InvalidInput, TextBlocked,
    ConsentMissing, GuardianNeeded.
    """
    member = await permissions.lock_consenting_member(actor, ConsentPurpose.SERVICE, ConsentPurpose.PUBLICATION)
    permissions.require_not_muted(member)
    time_zone, now = await get_time_zone(member.community_id), clock.now()
    with mistakes.collect() as check:
        given = check(rules.normalise_application, application)
        expires_at = check(rules.compute_expiry, application.expires_on, time_zone=time_zone, now=now)
    blocked = call_checks.find_refusal(rules.list_public_texts(given), found)
    if blocked is not None:
        raise blocked
    given = rules.mask_application(given, found.findings)
    _require_few((await list_credentials([member.id]))[member.id])
    row = await _APPLY.one(
        member.community_id, member.id, given.profession, json.dumps(given.kinds), json.dumps(given.tags),
        given.issuer, given.evidence, now, expires_at,
    )  # fmt: skip
    await audit.record_about(row, "credential.apply", by=member)
    return row


def _require_few(known: Sequence[CredentialRow]) -> None:
    """Raise InvalidInput if too many credentials are in force, or have ended recently."""
    now = clock.now()
    held = [row for row in known if row.state in _USABLE and row.expires_at > now]
    if len(held) >= rules.MAX_CREDENTIALS:
        raise InvalidInput("credentials", max=rules.MAX_CREDENTIALS, path=("communityId",))
    ended = [row for row in known if row.state in _ENDED and (row.decided_at or now) > now - rules.ENDED_WITHIN]
    if len(ended) >= rules.MAX_ENDED:
        raise InvalidInput("credentials_ended", max=rules.MAX_ENDED, path=("communityId",))


@db.transactional
async def decide(
    credential_id: int, action: CredentialAction, *, reason: str | None = None, expires_on: date | None = None
) -> CredentialRow:
    """Verify, refuse, suspend, renew or withdraw a credential as the operator, and return it.

    The reason is for a refusal, suspension or withdrawal, the last day for a renewal. Raises NotFound, InvalidInput,
    and CredentialNotCurrent if its state does not allow it.
    """
    row = require_row(await _LOCK.first(credential_id), NotFound("credential"))
    begins, state = TRANSITIONS[action]
    if row.state not in begins:
        raise CredentialNotCurrent(row.state.value.lower())
    now = clock.now()
    note = rules.normalise_reason(reason) if reason is not None else None
    expires_at = row.expires_at
    if expires_on is not None:
        expires_at = rules.compute_expiry(expires_on, time_zone=await get_time_zone(row.community_id), now=now)
    if state is CredentialState.VERIFIED and expires_at <= now:
        raise CredentialNotCurrent(CredentialState.EXPIRED.value.lower())
    return await _change_and_notify(row, action, state, reason=note, expires_at=expires_at)


@db.transactional
async def withdraw(actor: Actor, credential_id: int) -> CredentialRow:
    """Withdraw the actor's own credential or application for good, and return it. A former member may too.

    Its endorsements are no longer current. Idempotent. Raises NotFound, and CredentialNotCurrent if it was refused.
    """
    member = await permissions.lock_current_or_former_member(actor)
    row = await _LOCK.first(credential_id)
    if row is None or row.membership_id != member.id:
        raise NotFound("credential")
    if row.state is CredentialState.WITHDRAWN:
        return row
    if row.state is CredentialState.REFUSED:
        raise CredentialNotCurrent(row.state.value.lower())
    withdrawn = CredentialState.WITHDRAWN
    changed = await _DECIDE.one(row.id, withdrawn, None, clock.now(), row.expires_at)
    return await _record(row, changed, CredentialAction.WITHDRAW, actor_id=member.id)


async def _change_and_notify(
    row: CredentialRow, action: str, state: CredentialState, *, reason: str | None, expires_at: datetime
) -> CredentialRow:
    changed = await _DECIDE.one(row.id, state, reason, clock.now(), expires_at)
    await notify_member(
        row.community_id,
        row.membership_id,
        kind={
            CredentialState.VERIFIED: NoticeKind.CREDENTIAL_VERIFIED,
            CredentialState.REFUSED: NoticeKind.CREDENTIAL_REFUSED,
            CredentialState.SUSPENDED: NoticeKind.CREDENTIAL_SUSPENDED,
            CredentialState.EXPIRED: NoticeKind.CREDENTIAL_EXPIRED,
            CredentialState.WITHDRAWN: NoticeKind.CREDENTIAL_WITHDRAWN,
        }[state],
        key=f"credential:{row.id}:{changed.version}",
        detail={"credential": row.id},
    )
    return await _record(row, changed, action, actor_id=None)


async def _record(was: CredentialRow, changed: CredentialRow, action: str, *, actor_id: int | None) -> CredentialRow:
    await audit.record_about(changed, action, by=actor_id, state=changed.state.value, was=was.state.value)
    await outbox.put(FOLLOW_EFFECT, credential_id=changed.id)
    return changed


async def expire_due() -> int:
    """End the credentials that have expired, and return their number. Idempotent. The schedule calls it."""
    count = 0
    while due := await _DUE.all(clock.now()):
        for found in due:
            await _expire(found.id)
        count += len(due)
    return count


@db.transactional
async def _expire(credential_id: int) -> None:
    row = await _LOCK.first(credential_id)
    if row is not None and row.state is CredentialState.VERIFIED and not row.is_current:
        expired = CredentialState.EXPIRED
        await _change_and_notify(row, "credential.expire", expired, reason=None, expires_at=row.expires_at)


async def announce_expiring() -> None:
    """Notify the holders whose credentials expire within 30 days. Idempotent. The schedule calls it."""
    now = clock.now()
    soon = walk(lambda *last: _SOON.all(now, now + rules.NOTICE_AHEAD, *last), now, 0, by="expires_at id")
    async for row in soon:
        await notify_member(
            row.community_id, row.membership_id, kind=NoticeKind.CREDENTIAL_EXPIRING,
            key=f"credential-expiring:{row.id}:{row.expires_at.isoformat()}",
            detail={"credential": row.id, "ends_at": row.expires_at.isoformat()},
        )  # fmt: skip
