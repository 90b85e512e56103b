"""Consents of persons to the processing of their data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from community.accounts import account_events, leaderboard_effects, person_lock, phones, rules
from community.accounts.errors import GuardianNeeded
from community.consent import documents
from community.consent.errors import ConsentMissing
from community.consent.models import Consent, ConsentPurpose
from community.kernel import clock, db, outbox
from community.kernel.audit_actions import AuditAction
from community.kernel.errors import Conflict, NotFound, Refusal, require_row
from community.kernel.tables import row_of

GUARDIAN_CONFIRMED_SQL = "EXISTS (SELECT 1 FROM guardianship g WHERE g.person_id = p.id AND g.confirmed_at IS NOT NULL)"
"""A condition on the person `p`: a guardian has confirmed."""
AGREED_VERSION_SQL = (
    "SELECT max(d.version) FROM consent c JOIN consent_document d ON d.id = c.document_id"
    " WHERE c.person_id = p.id AND c.purpose = $2 AND c.withdrawn_at IS NULL"
)
"""The version of the purpose `$2` that the person `p` has agreed to, null without a consent."""
REQUIRED_VERSION_SQL = "SELECT max(version) FROM consent_document WHERE purpose = $2 AND renews"
"""The oldest version of the purpose `$2` that still counts, null without a document."""


@row_of(Consent)
class ConsentRow:
    """A person's consent to one version of a document."""

    id: int
    person_id: int
    document_id: int
    purpose: ConsentPurpose
    given_at: datetime
    withdrawn_at: datetime | None


class _ConsentStatusRow(db.Row):
    born_on: str | None
    guardian_confirmed: bool
    required_version: int | None
    agreed_version: int | None

    @property
    def needs_guardian(self) -> bool:
        if self.born_on is None or self.guardian_confirmed:
            return False
        return rules.is_child(self.born_on, now=clock.now())

    @property
    def is_given(self) -> bool:
        return self.required_version is None or (self.agreed_version or 0) >= self.required_version


class _PersonStatusRow(_ConsentStatusRow):
    person_id: int


_COLUMNS = db.columns(ConsentRow)
_STATUS_COLUMNS = (
    f"p.born_on, {GUARDIAN_CONFIRMED_SQL} AS guardian_confirmed,"
    f" ({REQUIRED_VERSION_SQL}) AS required_version, ({AGREED_VERSION_SQL}) AS agreed_version".replace(
        "$2", "asked.purpose"
    )
)
_LIST_STATUS_OF_PEOPLE = db.Select(
    f"SELECT p.born_on, {GUARDIAN_CONFIRMED_SQL} AS guardian_confirmed, ({REQUIRED_VERSION_SQL}) AS required_version,"
    f" ({AGREED_VERSION_SQL}) AS agreed_version, p.id AS person_id FROM person p WHERE p.id = ANY($1)",
    _PersonStatusRow,
)
_ASKED = "person p, unnest($2::text[]) WITH ORDINALITY AS asked (purpose, position)"
_LIST_STATUS = db.Select(
    f"SELECT {_STATUS_COLUMNS} FROM {_ASKED} WHERE p.id = $1 ORDER BY asked.position", _ConsentStatusRow
)
STATUS = db.Related(
    "consents",
    _ConsentStatusRow,
    f"FROM {_ASKED} WHERE p.id = {{parent}}.person_id ORDER BY asked.position".replace("$2", "{0}"),
    select=_STATUS_COLUMNS,
    many=True,
)
"""The consents of a person, beside a row with `person_id`. The further parameter is the list of purposes."""
_FIND_CURRENT = db.Select(
    f"SELECT {_COLUMNS} FROM consent WHERE person_id = $1 AND purpose = $2 AND withdrawn_at IS NULL", ConsentRow
)
_LIST_OWN = db.Select(f"SELECT {_COLUMNS} FROM consent WHERE person_id = $1 ORDER BY id DESC LIMIT 200", ConsentRow)
_LIST_ALL = db.Select(f"SELECT {_COLUMNS} FROM consent WHERE person_id = $1 ORDER BY id", ConsentRow)
_WITHDRAW = db.Change(
    "UPDATE consent SET withdrawn_at = $3 WHERE person_id = $1 AND purpose = $2 AND withdrawn_at IS NULL RETURNING id",
    db.Id,
)
_WITHDRAW_OLDER = db.Change(
    "UPDATE consent SET withdrawn_at = $3 WHERE person_id = $1 AND purpose = $2 AND document_id <> $4"
    " AND withdrawn_at IS NULL RETURNING id",
    db.Id,
)
_GIVE = db.Change(
    "INSERT INTO consent (person_id, document_id, purpose, given_at) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (person_id, purpose) WHERE withdrawn_at IS NULL DO NOTHING RETURNING id",
    db.Id,
)
_DELETE_OLD = db.delete_batch("consent", "withdrawn_at < $1", by="withdrawn_at")


async def require_consent(person_id: int, *purposes: ConsentPurpose) -> None:
    """Raise ConsentMissing unless the person has consented to every purpose.

    A purpose without a document needs no consent. Raises GuardianNeeded if a guardian has to confirm first.
    """
    _require_given(await _LIST_STATUS.all(person_id, purposes))


def require_loaded_consent(row: db.Row) -> None:
    """Raise what `require_consent` raises, for the purposes with which `STATUS` was read."""
    _require_given(row.loaded["consents"])


def _require_given(consents: Sequence[_ConsentStatusRow]) -> None:
    for status in consents:
        if status.needs_guardian:
            raise GuardianNeeded
        if not status.is_given:
            raise ConsentMissing


async def find_missing(person_ids: Sequence[int], purpose: ConsentPurpose) -> dict[int, Refusal]:
    """Return what `require_consent` would raise, by person. Persons who have consented are left out."""
    found: dict[int, Refusal] = {}
    for status in await _LIST_STATUS_OF_PEOPLE.all(list(person_ids), purpose):
        if status.needs_guardian:
            found[status.person_id] = GuardianNeeded()
        elif not status.is_given:
            found[status.person_id] = ConsentMissing()
    return found


async def has_consent(person_id: int, purpose: ConsentPurpose) -> bool:
    """Return True if `require_consent` would raise nothing."""
    status = await _LIST_STATUS.one(person_id, [purpose])
    return status.is_given and not status.needs_guardian


async def list_own(person_id: int) -> list[ConsentRow]:
    """Return up to 200 consents, withdrawn or not, newest first."""
    return await _LIST_OWN.all(person_id)


async def list_all(person_id: int) -> list[ConsentRow]:
    """Return every consent of the person for their export, oldest first."""
    return await _LIST_ALL.all(person_id)


@db.transactional
async def give(person_id: int, *, document_id: int) -> ConsentRow:
    """Record the person's consent to a document and return the consent.

    Idempotent: a second call returns the same consent. Raises NotFound, GuardianNeeded, and Conflict if the document
    has a newer version.
    """
    document = require_row(await documents.find_document(document_id), NotFound("document"))
    latest = next(row for row in await documents.list_documents() if row.purpose is document.purpose)
    if latest.id != document.id:
        raise Conflict("document", path=("documentId",))
    if (await _LIST_STATUS.one(person_id, [document.purpose])).needs_guardian:
        raise GuardianNeeded
    current = await _FIND_CURRENT.first(person_id, document.purpose)
    if current is not None and current.document_id == document.id:
        return current
    now = clock.now()
    # A person has one current consent for each purpose. The former one stays as the proof of its time.
    await _WITHDRAW_OLDER.first(person_id, document.purpose, now, document.id)
    await _GIVE.first(person_id, document.id, document.purpose, now)
    await account_events.record(
        person_id, AuditAction.CONSENT_GIVE, purpose=document.purpose.value, document_id=document.id
    )
    if document.purpose is ConsentPurpose.LEADERBOARDS:
        await leaderboard_effects.queue_rebuild(person_id)
    return await _FIND_CURRENT.one(person_id, document.purpose)


@db.transactional
async def withdraw(person_id: int, *, purpose: ConsentPurpose) -> bool:
    """Withdraw the person's consent and stop what needs it. Return False if it was not given.

    Raises SessionEnded if the person was erased.
    """
    # The exclusive lock orders this and each write that needs the consent. An earlier write is stopped with the rest,
    # a later one is refused.
    await person_lock.lock_exclusive(person_id)
    if await _WITHDRAW.first(person_id, purpose, clock.now()) is None:
        return False
    await account_events.record(person_id, AuditAction.CONSENT_WITHDRAW, purpose=purpose.value)
    match purpose:
        case ConsentPurpose.SERVICE:
            await phones.unbind(person_id)
        case ConsentPurpose.PUBLICATION:
            await outbox.put("effects.take_back_publications", person_id=person_id)
        case ConsentPurpose.LEADERBOARDS:
            await leaderboard_effects.queue_rebuild(person_id)
    return True


@db.transactional
async def withdraw_all(person_id: int) -> None:
    """Withdraw every consent of an erased person. The rows stay as the proof of what was agreed to."""
    await db.execute(
        "UPDATE consent SET withdrawn_at = $2 WHERE person_id = $1 AND withdrawn_at IS NULL", person_id, clock.now()
    )


@db.transactional
async def delete_old(before: datetime) -> int:
    """Delete up to 500 consents withdrawn before `before` and return their number."""
    return len(await _DELETE_OLD.all(before))
