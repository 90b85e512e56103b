"""Export and erasure of what consent keeps about a person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from community.consent import consents, documents, guardians
from community.kernel import db
from community.kernel.personal import DataSubject, ErasureContent, ExportFile, Part
from community.settings import Settings


@dataclass(slots=True)
class _GuardianRequestRow:
    created_at: datetime
    code_expires_at: datetime | None
    confirmed_at: datetime | None
    confirmed_by: str | None


@dataclass(slots=True)
class _DependantRow:
    person_id: int
    nickname: str
    created_at: datetime
    confirmed_at: datetime


# Of a guardian, the child's export has the nickname alone, which neighbours know.
_FIND_GUARDIAN_REQUEST = db.Select(
    "SELECT g.created_at, g.code_expires_at, g.confirmed_at, p.nickname AS confirmed_by FROM guardianship g"
    " LEFT JOIN person p ON p.id = g.guardian_id WHERE g.person_id = $1",
    _GuardianRequestRow,
)
_LIST_DEPENDANTS = db.Select(
    "SELECT g.person_id, p.nickname, g.created_at, g.confirmed_at FROM guardianship g JOIN person p"
    " ON p.id = g.person_id WHERE g.guardian_id = $1 ORDER BY g.id",
    _DependantRow,
)


async def export(settings: Settings, subject: DataSubject) -> AsyncIterator[ExportFile]:
    """Yield the person's consents with their documents, and their guardianships."""
    del settings
    given = await consents.list_all(subject.person_id)
    texts = await documents.get_documents([row.document_id for row in given])
    yield ExportFile.from_rows(
        "consents.json",
        [db.as_dict(row) | {"document": db.as_dict(text)} for row, text in zip(given, texts, strict=True)],
    )
    yield ExportFile.from_rows("guardian.json", await _FIND_GUARDIAN_REQUEST.all(subject.person_id))
    yield ExportFile.from_rows("guardian_of.json", await _LIST_DEPENDANTS.all(subject.person_id))


async def erase(subject: DataSubject, content: ErasureContent) -> None:
    """Delete the person's guardianships and withdraw every consent."""
    del content
    await guardians.erase(subject.person_id)
    await consents.withdraw_all(subject.person_id)


PART = Part(room="consent", export=export, erase=erase)
