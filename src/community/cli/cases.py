"""`community cases`: review cases that no present leader of the community may decide."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

import click

from community.api import ids
from community.cli.arguments import build_id_parser
from community.cli.common import run_with_database
from community.cli.lazy import CommandGroup
from community.communities.permissions import Actor
from community.conversation import moderation
from community.experts import note_decisions
from community.kernel.enumerations import require_each
from community.kernel.errors import Conflict, NotFound, require_row
from community.review import (
    case_words,
    deciders,
    sanctions,  # noqa: F401 - it declares appeals about sanctions
    service,
)
from community.review.appeals import appeals, reports
from community.review.appeals.queries import find_appeals_of_cases, list_report_groups
from community.review.complaints import queries as complaint_queries
from community.review.complaints import service as complaints
from community.review.models import CaseKind, CaseState
from community.review.queries import CaseRow, find_case, list_reasons
from community.review.rules import Approval, Scores

_CASE = click.argument("case", callback=build_id_parser("ReviewCase"))
_Verb = Callable[..., Awaitable[object]]


async def _approve(
    actor: Actor | None, case_id: int, *, version: int, reason: str, scores: tuple[int, int, int] | None
) -> None:
    if scores is None:
        raise click.UsageError("an approval needs --scores")
    await service.approve(actor, case_id, version=version, approval=Approval(Scores(*scores), note=reason))


async def _send_back(actor: Actor | None, case_id: int, *, version: int, reason: str) -> None:
    await service.send_back(actor, case_id, version=version, what_to_change=reason)


async def _solve(actor: Actor | None, case_id: int, *, version: int, reason: str) -> None:
    (complaint,) = await complaint_queries.find_of_cases([case_id])
    if complaint is None or complaint.case_id != case_id:  # it was opened again, with another case
        raise Conflict("case", path=("version",))
    await complaints.solve(actor, complaint.id, text=reason, version=version)


_WITH_REASON: dict[CaseKind, dict[str, _Verb]] = {
    CaseKind.REVISION: {"approve": _approve, "return": _send_back, "reject": service.reject},
    CaseKind.REPORT: {"uphold": reports.uphold},
    CaseKind.APPEAL: {"grant": partial(appeals.answer, granted=True), "deny": partial(appeals.answer, granted=False)},
    CaseKind.COMPLAINT: {"solve": _solve},
    CaseKind.COMMENT: {"refuse": moderation.refuse},
    CaseKind.ENDORSEMENT: {"refuse": note_decisions.refuse},
}
require_each(CaseKind, _WITH_REASON)
_WITHOUT_REASON: dict[CaseKind, dict[str, _Verb]] = {
    CaseKind.REPORT: {"dismiss": reports.dismiss},
    CaseKind.COMMENT: {"approve": moderation.approve},
    CaseKind.ENDORSEMENT: {"approve": note_decisions.approve},
}
"""Decisions without a text, as for a leader. No member would read a reason."""


def _list_decisions(kind: CaseKind) -> list[str]:
    return sorted([*_WITH_REASON[kind], *_WITHOUT_REASON.get(kind, ())])


@click.group(cls=CommandGroup)
def cases() -> None:
    """List, show and decide review cases that no leader may decide."""


@cases.command("list")
def list_cases() -> None:
    """List up to 100 open cases that no present leader may decide."""
    for case in run_with_database(deciders.list_for_operator()):
        click.echo(_describe(case))


def _describe(case: CaseRow) -> str:
    return (
        f"{ids.encode('ReviewCase', case.id)}  {case.kind.value}  community:{case.community_id}  version:{case.version}"
        f"  since {case.opened_at:%Y-%m-%d %H:%M}Z  due {case.due_at:%Y-%m-%d %H:%M}Z"
    )


@cases.command()
@_CASE
def show(case: int) -> None:
    """Show CASE with its texts, and the decisions that are possible."""

    async def read() -> list[str]:
        found = await _get_case(case)
        return [_describe(found), *await _list_details(found)]

    click.echo("\n".join(run_with_database(read())))


async def _get_case(case_id: int) -> CaseRow:
    return require_row(await find_case(case_id), NotFound("review_case"))


async def _list_details(case: CaseRow) -> list[str]:
    about = {
        "author": ids.encode("Member", case.author_id),
        "submission": case.submission_id and ids.encode("Submission", case.submission_id),
        **({} if case.thing is None else {case.thing.lower(): ids.encode(case.thing.capitalize(), case.thing_id or 0)}),
    }
    (appeal,) = await find_appeals_of_cases([case.id])
    (reasons,) = await list_reasons([case.id])
    (groups,) = await list_report_groups([case.id])
    state = case.state.value
    if case.state is CaseState.OPEN and await deciders.has_decider(case):
        state += ", and a leader can decide it"
    return [
        *(f"{name}: {value}" for name, value in about.items() if value),
        *([] if appeal is None else [f"appeal against: {appeal.subject.value}"]),
        f"reasons: {', '.join(reason.value for reason in reasons)}",
        *(f"reported: {group.category.value} {group.count} times  {' | '.join(group.texts)}" for group in groups),
        f"state: {state}",
        f"decisions: {', '.join(_list_decisions(case.kind))}",
        *await case_words.read_texts(case.id),
    ]


@cases.command()
@_CASE
@click.argument("decision", type=click.Choice(sorted({name for kind in CaseKind for name in _list_decisions(kind)})))
@click.option("--version", type=int, required=True, help="Version of the case that you read.")
@click.option("--reason", help="Reason that the members read, 1 to 500 characters.")
@click.option("--scores", type=(int, int, int), help="Authenticity, usefulness and resonance of an approval, 1 to 5.")
def decide(case: int, decision: str, version: int, reason: str | None, scores: tuple[int, int, int] | None) -> None:
    """Decide CASE as a leader would, if no leader may."""

    async def run() -> None:
        kind = (await _get_case(case)).kind
        if verb := _WITHOUT_REASON.get(kind, {}).get(decision):
            if reason is not None:
                raise click.UsageError("no member reads a reason for this decision, so leave it out")
            await verb(None, case, version=version)
        elif verb := _WITH_REASON[kind].get(decision):
            scored = {"scores": scores} if verb is _approve else {}
            await verb(None, case, version=version, reason=reason or "", **scored)
        else:
            raise click.UsageError(f"decide this case with {', '.join(_list_decisions(kind))}")

    run_with_database(run())
    click.echo("decided")
