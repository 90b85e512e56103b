"""The checks of the screening, and the worst of their findings. Pure.

A check is a function from facts to findings, in a file of its own and with a line in `CHECKS`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from community.safety.facts import Facts, Finding, Level, Reason, Verdict
from community.safety.personal_data import check_personal_data
from community.safety.pictures import check_pictures
from community.safety.record import check_record
from community.safety.words import check_words

log = logging.getLogger(__name__)

Check = Callable[[Facts], Iterable[Finding]]

CHECKS: Mapping[str, Check] = {
    "words": check_words,
    "personal_data": check_personal_data,
    "record": check_record,
    "pictures": check_pictures,
}
"""The checks of every revision, in the order of their findings."""

_ORDER = list(Verdict)


@dataclass(frozen=True, slots=True)
class Screening:
    """The findings about a revision, and the worst of their verdicts."""

    verdict: Verdict
    findings: Sequence[Finding]


def run_checks(facts: Facts, checks: Mapping[str, Check] = CHECKS) -> Screening:
    """Run every check. One that fails asks for a leader's view and stops no other."""
    findings: list[Finding] = []
    for name, check in checks.items():
        try:
            findings += check(facts)
        except Exception:
            log.exception("screening check failed: check=%s", name)
            findings.append(Finding(Level.REVIEW, Reason.CHECK_FAILED, figures={"check": name}))
    return Screening(find_worst(findings), findings)


def find_worst(findings: Iterable[Finding]) -> Verdict:
    """Return the worst verdict of the findings."""
    return max((finding.verdict for finding in findings), key=_ORDER.index, default=Verdict.PASS)


def ask_instead_of_masks(findings: Iterable[Finding], *, beginning: str) -> list[Finding]:
    """Return the findings, with questions to a leader in place of masks.

    It is for the fields whose names begin so.
    """
    return [
        replace(found, level=Level.REVIEW)
        if found.level is Level.MASK and found.place is not None and found.place.field.startswith(beginning)
        else found
        for found in findings
    ]


def sort_findings(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings with the worst first, else in their order."""
    return sorted(findings, key=lambda finding: list(Level).index(finding.level), reverse=True)
