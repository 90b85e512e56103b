"""Documents, dates of birth and boards for the tests of consent."""

from __future__ import annotations

from datetime import timedelta

from community.consent import documents
from community.consent.models import ConsentPurpose
from community.kernel import clock
from community.scores.periods import PeriodKind
from tests.support import boards


def years_ago(years, *, days=0):
    today = clock.now() + timedelta(hours=8)
    return (today.replace(year=today.year - years) + timedelta(days=days)).date().isoformat()


async def document(purpose=ConsentPurpose.PUBLICATION, **given):
    return await documents.publish(purpose, **{"title": "同意书", "text": "我同意。", **given})


async def board(place):
    return [row.membership_id for row in await boards.list_top(place.community, PeriodKind.EVER, first=10)]
