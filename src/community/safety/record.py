"""The check of the author's record."""

from __future__ import annotations

from collections.abc import Iterator

from community.safety.facts import Facts, Finding, Level, Reason

NEW_MEMBER_DAYS = 7
MAX_REFUSED = 2
"""Refusals within 30 days that are usual."""


def check_record(facts: Facts) -> Iterator[Finding]:
    """Yield a finding for a new member, and for an author with many refusals."""
    author = facts.author
    if author is None:
        return
    if author.approved == 0 and author.member_days < NEW_MEMBER_DAYS:
        yield Finding(Level.REVIEW, Reason.NEW_MEMBER, figures={"days": author.member_days})
    if author.refused > MAX_REFUSED:
        yield Finding(Level.REVIEW, Reason.MANY_REFUSALS, figures={"refused": author.refused})
