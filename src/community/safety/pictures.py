"""The check of pictures that leaders got before."""

from __future__ import annotations

from collections.abc import Iterator

from community.safety.facts import Facts, Finding, Level, Reason


def check_pictures(facts: Facts) -> Iterator[Finding]:
    """Yield a finding for each picture that leaders got before. One that a leader removed is blocked.

    A leader also looks at those that were not compared with all earlier pictures.
    """
    for picture in facts.pictures:
        figures = {"number": picture.number}
        if picture.is_removed:
            yield Finding(Level.BLOCK, Reason.REMOVED_PICTURE, figures=figures)
        else:
            yield Finding(Level.REVIEW, Reason.KNOWN_PICTURE, figures=figures)
    known = {picture.number for picture in facts.pictures}
    for number in sorted(set(facts.uncompared) - known):
        yield Finding(Level.REVIEW, Reason.UNCOMPARED_PICTURE, figures={"number": number})
