"""Things, apart from submissions, that cases and reports are about: their facts and verbs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from community.communities.queries import MemberRow
from community.review.models import ThingKind
from community.review.queries import CaseRow


@dataclass(frozen=True, slots=True)
class ThingRevision:
    """One revision of a thing, by its number."""

    kind: ThingKind
    id: int
    number: int


@dataclass(frozen=True, slots=True)
class Thing:
    """The facts of a thing that cases need.

    `public` is the number of the revision that others read, and `pending` of the waiting one. Both may be None.
    """

    kind: ThingKind
    id: int
    community_id: int
    author_id: int
    public: int | None
    pending: int | None

    def get_public_revision(self) -> ThingRevision:
        """Return what others read now. Raises ValueError if it is nothing."""
        if self.public is None:
            raise ValueError(f"{self.kind} {self.id} is not public")
        return ThingRevision(self.kind, self.id, self.public)


@dataclass(frozen=True, slots=True)
class ThingVerbs:
    """The verbs of a kind of thing.

    They run in the transaction of the case, after the locks of the members. `find` and `lock` take the community and
    the id, and raise NotFound. `hide` ends what is public, for a leader or None as the operator. `approve` and `refuse`
    do what a leader has decided about the waiting revision of a closed case.
    """

    find: Callable[[int, int], Awaitable[Thing]]
    lock: Callable[[int, int], Awaitable[Thing]]
    hide: Callable[[Thing, MemberRow | None, str], Awaitable[object]]
    approve: Callable[[CaseRow, MemberRow | None], Awaitable[None]]
    refuse: Callable[[CaseRow, MemberRow | None, str], Awaitable[None]]
    read_texts: Callable[[Sequence[tuple[int, int]]], Awaitable[list[str | None]]]


THINGS: dict[ThingKind, ThingVerbs] = {}
"""The verbs by kind. The package of the thing adds them when it is imported."""
