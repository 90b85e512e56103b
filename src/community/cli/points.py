"""The operator's part of the points bank: policies, rules, seasons, corrections, anybody's statement."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, TextIO

import click

from community.cli.arguments import build_id_parser
from community.cli.common import run_with_database
from community.cli.lazy import CommandGroup
from community.communities.queries import require_members
from community.kernel import clock
from community.kernel.paging import DEFAULT_PAGE, MAX_PAGE, PageRequest
from community.points import queries
from community.points.adjustments import (
    AdjustmentRow,
    adjust_as_operator,
    approve_as_operator,
    decline_as_operator,
    list_pending_as_operator,
)
from community.points.earning import rules_in_force
from community.points.earning.editing import cancel_season_as_operator, open_season_as_operator, publish_as_operator
from community.points.earning.models import ALL_COMMUNITIES, Trigger
from community.points.earning.rules import parse_definition
from community.points.earning.rules_in_force import list_rules
from community.points.models import ExpiryPolicy
from community.points.policy import set_policy

PAGE = click.IntRange(1, MAX_PAGE)


def _parse_moment(_context: click.Context, _option: click.Parameter, value: str | None) -> datetime | None:
    """A moment with its offset; one without is taken to be UTC."""
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"{value!r} is not a moment such as 2027-02-06T00:00+08:00") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _parse_community(context: click.Context, option: click.Parameter, value: str | None) -> int | None:
    """The number of the community that is named, if one is."""
    return None if value is None else build_id_parser("Community")(context, option, value)


def _describe_adjustment(row: AdjustmentRow) -> str:
    return f"adjustment {row.id} is {row.state.value.lower()}"


@click.group(cls=CommandGroup)
def points() -> None:
    """Run the points bank. COMMUNITY, MEMBER and the like are ids as the graph shows them, or their numbers."""


@points.command()
@click.argument("community", callback=build_id_parser("Community"))
@click.option("--days", type=int, default=None, help="Points last so many whole days.")
@click.option("--following-year", is_flag=True, help="Points last to the end of the following year (the default).")
@click.option(
    "--adjustment-limit",
    type=int,
    default=100,
    show_default=True,
    help="What one leader corrects alone for a member in 30 days.",
)
def policy(community: int, days: int | None, following_year: bool, adjustment_limit: int) -> None:
    """Set how long points last in COMMUNITY that are earned from now on."""
    if (days is None) != following_year:
        raise click.UsageError("give --days N or --following-year")
    expiry = ExpiryPolicy.END_OF_FOLLOWING_YEAR if following_year else ExpiryPolicy.ROLLING_DAYS
    row = run_with_database(set_policy(community, expiry=expiry, rolling_days=days, adjustment_limit=adjustment_limit))
    lasts = f"{row.rolling_days} days" if row.rolling_days else "to the end of the following year"
    click.echo(f"points of community {community} last {lasts}; one leader corrects up to {row.adjustment_limit}")


@points.command()
@click.argument("community", callback=build_id_parser("Community"), default="0")
def rules(community: int) -> None:
    """Show what is paid for what at this moment, as JSON: for all communities, or in COMMUNITY."""
    for rule in run_with_database(list_rules(community, list(Trigger), at=clock.now())):
        words = json.dumps(rule.definition.as_json(), ensure_ascii=False)
        click.echo(f"{rule.trigger.value:<24} version {rule.version}, {rule.set_by.value.lower()}: {words}")


@points.command()
@click.argument("trigger")
@click.argument("file", type=click.File(encoding="utf-8"), required=False)
@click.option(
    "--from", "effective_from", callback=_parse_moment, default=None, help="From when on; at once when left out."
)
@click.option("--community", callback=_parse_community, default=None, help="For this community alone.")
@click.option("--reset", is_flag=True, help="Step back: a community to the rule for all, that to what is built in.")
def publish(
    trigger: str, file: TextIO | None, effective_from: datetime | None, *, community: int | None, reset: bool
) -> None:
    """Publish the rule for TRIGGER in FILE (JSON as `rules` shows it; - reads it from standard input).

    It holds for all communities, or for one, whose leaders' own it replaces. Leaders may publish again, within the
    limits of what holds then.
    """
    if (file is None) != reset:
        raise click.UsageError("give FILE or --reset")
    given = None if file is None else _read_rule(file)
    wanted = _parse_trigger(trigger)

    async def work() -> str:
        row = await publish_as_operator(
            wanted,
            definition=None if given is None else parse_definition(given),
            effective_from=effective_from,
            community_id=community,
        )
        what = f"version {row.version} of {row.trigger.value}" + (", a step back," if reset else "")
        where = "" if community is None else f" in community {community}"
        return f"{what} holds{where} from {row.effective_from:%Y-%m-%d %H:%M}Z"

    click.echo(run_with_database(work()))


def _read_rule(file: TextIO) -> dict[str, Any]:
    try:
        given = json.load(file)
    except ValueError as error:
        raise click.ClickException(f"{file.name} is not JSON: {error}") from None
    if not isinstance(given, dict):
        raise click.ClickException(f"{file.name} does not hold one rule")
    return given


@points.command()
@click.argument("name")
@click.option("--percent", type=int, required=True, help="How many percent are paid, 101 to 1000.")
@click.option("--from", "starts_at", callback=_parse_moment, required=True, help="From this moment on.")
@click.option("--until", "ends_at", callback=_parse_moment, required=True, help="Before this moment.")
@click.option("--trigger", "triggers", multiple=True, help="What it counts for; everything when left out.")
def season(name: str, percent: int, starts_at: datetime, ends_at: datetime, triggers: tuple[str, ...]) -> None:
    """Open the season NAME for all communities."""
    chosen = [_parse_trigger(trigger) for trigger in triggers]
    row = run_with_database(
        open_season_as_operator(name=name, percent=percent, starts_at=starts_at, ends_at=ends_at, triggers=chosen)
    )
    click.echo(f"season {row.id}, {row.name}: {row.percent} percent until {row.ends_at:%Y-%m-%d %H:%M}Z")


@points.command()
@click.argument("community", callback=build_id_parser("Community"), default="0")
@click.option("--last", type=PAGE, default=DEFAULT_PAGE, show_default=True, help="How many.")
def seasons(community: int, last: int) -> None:
    """Show the seasons for all communities, or with them those of COMMUNITY, newest first."""
    page = run_with_database(rules_in_force.list_seasons(community, PageRequest(last)))
    for row in page.rows:
        where = "all communities" if row.community_id == ALL_COMMUNITIES else f"community {row.community_id}"
        ended = "" if row.cancelled_at is None else f", ended {row.cancelled_at:%Y-%m-%d %H:%M}Z"
        what = ", ".join(row.triggers) or "everything"
        click.echo(
            f"season {row.id}, {row.name}: {row.percent} percent of {what} in {where},"
            f" {row.starts_at:%Y-%m-%d %H:%M}Z to {row.ends_at:%Y-%m-%d %H:%M}Z{ended}"
        )


@points.command("end-season")
@click.argument("season", callback=build_id_parser("Season"))
def end_season(season: int) -> None:
    """End SEASON from this moment on, a leader's or one for all; what it has paid stays."""
    row = run_with_database(cancel_season_as_operator(season))
    click.echo(f"season {row.id}, {row.name}, has ended")


@points.command()
@click.argument("community", callback=build_id_parser("Community"))
@click.argument("member", callback=build_id_parser("Member"))
@click.argument("amount", type=int)
@click.option("--reason", required=True, help="Why; the member reads it.")
def adjust(community: int, member: int, amount: int, reason: str) -> None:
    """Correct the account of MEMBER in COMMUNITY by AMOUNT; above the limit a leader must agree.

    All that the operator made alone for MEMBER within 30 days counts toward the limit.

    Put `--` before a negative amount: `community points adjust 1 7 --reason … -- -20`.
    """
    click.echo(
        _describe_adjustment(run_with_database(adjust_as_operator(community, member, amount=amount, reason=reason)))
    )


@points.command()
@click.argument("community", callback=build_id_parser("Community"))
@click.option("--first", type=PAGE, default=DEFAULT_PAGE, show_default=True, help="How many.")
def adjustments(community: int, first: int) -> None:
    """Show the corrections in COMMUNITY that wait for a second person, oldest first."""
    page = run_with_database(list_pending_as_operator(community, PageRequest(first)))
    for row in page.rows:
        asked_by = "the operator" if row.requested_by is None else f"leader {row.requested_by}"
        click.echo(
            f"adjustment {row.id}: {row.amount:+} for member {row.membership_id}, asked for by {asked_by} on"
            f" {row.created_at:%Y-%m-%d %H:%M}Z: {row.reason}"
        )
    if page.has_next:
        click.echo("… and more")


@points.command()
@click.argument("community", callback=build_id_parser("Community"))
@click.argument("adjustment", callback=build_id_parser("Adjustment"))
def approve(community: int, adjustment: int) -> None:
    """Make ADJUSTMENT in COMMUNITY, which a leader asked for: where there is no second leader to agree."""
    click.echo(_describe_adjustment(run_with_database(approve_as_operator(community, adjustment))))


@points.command()
@click.argument("community", callback=build_id_parser("Community"))
@click.argument("adjustment", callback=build_id_parser("Adjustment"))
def decline(community: int, adjustment: int) -> None:
    """Leave ADJUSTMENT in COMMUNITY unmade, for good, whoever asked for it."""
    click.echo(_describe_adjustment(run_with_database(decline_as_operator(community, adjustment))))


@points.command()
@click.argument("community", callback=build_id_parser("Community"))
@click.argument("member", callback=build_id_parser("Member"))
@click.option("--last", type=PAGE, default=DEFAULT_PAGE, show_default=True, help="How many lines.")
def statement(community: int, member: int, last: int) -> None:
    """Show the account of MEMBER in COMMUNITY, newest first, with everything that is known of each movement."""

    async def work() -> list[str]:
        await require_members(community, member)
        (row,) = await queries.list_accounts(community, [member])
        page = await queries.list_statement_lines(community, member, PageRequest(last))
        head = f"balance {row.balance}, frozen {row.held}, debt {row.debt}, growth value {row.growth}"
        return [head] + [
            f"{line.created_at:%Y-%m-%d %H:%M:%S}Z {line.kind.value:<10} {line.amount:>+8} {line.balance:>9}"
            f"  {line.source_key}  {json.dumps(line.explanation, ensure_ascii=False)}"
            for line in page.rows
        ]

    click.echo("\n".join(run_with_database(work())))


def _parse_trigger(name: str) -> Trigger:

    try:
        return Trigger(name.upper().replace("-", "_"))
    except ValueError:
        raise click.BadParameter(f"the triggers are {', '.join(Trigger)}", param_hint="TRIGGER") from None
