"""Commands of the points bank: policy, rules, seasons, corrections and statements."""

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
from community.points.earning.definitions import parse_definition
from community.points.earning.editing import cancel_season_as_operator, open_season_as_operator, publish_as_operator
from community.points.earning.models import ALL_COMMUNITIES, Trigger
from community.points.earning.season_rules import SeasonPlan
from community.points.kinds import ExpiryPolicy
from community.points.policy import set_policy

PAGE = click.IntRange(1, MAX_PAGE)


def _parse_moment(_context: click.Context, _option: click.Parameter, value: str | None) -> datetime | None:
    """Return a moment with its offset. Without an offset it is UTC. Raises BadParameter."""
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"{value!r} is not a time such as 2027-02-06T00:00+08:00") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _describe_adjustment(row: AdjustmentRow) -> str:
    return f"adjustment {row.id} is {row.state.value.lower()}"


@click.group(cls=CommandGroup)
def points() -> None:
    """Run the points bank.

    COMMUNITY, MEMBER and other ids are global ids of the API, or numbers.
    """


@points.command()
@click.argument("community", callback=build_id_parser("Community"))
@click.option("--days", type=int, default=None, help="New points last this many whole days.")
@click.option("--following-year", is_flag=True, help="New points last to the end of the following year.")
@click.option(
    "--adjustment-limit",
    type=int,
    default=None,
    help="Points that one leader may correct alone for a member in 30 days.",
)
def policy(community: int, days: int | None, following_year: bool, adjustment_limit: int | None) -> None:
    """Set the expiry and the limit for corrections in COMMUNITY.

    Options that are left out change nothing. Points that were already earned keep their expiry.
    """
    if days is not None and following_year:
        raise click.UsageError("give --days N or --following-year, not both")
    if days is None and not following_year and adjustment_limit is None:
        raise click.UsageError("give --days N, --following-year or --adjustment-limit N")
    expiry = None
    if following_year:
        expiry = ExpiryPolicy.END_OF_FOLLOWING_YEAR
    elif days is not None:
        expiry = ExpiryPolicy.ROLLING_DAYS
    row = run_with_database(set_policy(community, expiry=expiry, rolling_days=days, adjustment_limit=adjustment_limit))
    lasts = f"{row.rolling_days} days" if row.rolling_days else "to the end of the following year"
    click.echo(f"points of community {community} last {lasts}; one leader corrects up to {row.adjustment_limit}")


@points.command()
@click.argument("community", callback=build_id_parser("Community"), default="0")
def rules(community: int) -> None:
    """Show the earning rules in force, for all communities or in COMMUNITY."""
    for rule in run_with_database(rules_in_force.list_rules(community, list(Trigger), at=clock.now())):
        words = json.dumps(rule.definition.as_json(), ensure_ascii=False)
        click.echo(f"{rule.trigger.value:<24} version {rule.version}, {rule.set_by.value.lower()}: {words}")


@points.command()
@click.argument("trigger")
@click.argument("file", type=click.File(encoding="utf-8"), required=False)
@click.option(
    "--from", "effective_from", callback=_parse_moment, default=None, help="Time from which it holds. Now if left out."
)
@click.option(
    "--community",
    callback=build_id_parser("Community"),
    default=None,
    help="Only for this community. For all if left out.",
)
@click.option("--reset", is_flag=True, help="Return to the rule for all, or for all to the built-in rule.")
def publish(
    trigger: str, file: TextIO | None, effective_from: datetime | None, *, community: int | None, reset: bool
) -> None:
    """Publish the rule for TRIGGER that is in FILE. A dash reads standard input.

    FILE has the whole rule, as JSON in the form that `rules` shows. Parts that are left out get their defaults. A rule
    for one community replaces the rule of its leaders, who may publish again within the new limits.
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
        what = f"version {row.version} of {row.trigger.value}" + (", a reset," if reset else "")
        where = "" if community is None else f" in community {community}"
        return f"{what} holds{where} from {row.effective_from:%Y-%m-%d %H:%M}Z"

    click.echo(run_with_database(work()))


def _read_rule(file: TextIO) -> dict[str, Any]:
    try:
        given = json.load(file)
    except ValueError as error:
        raise click.ClickException(f"{file.name} is not JSON: {error}") from None
    if not isinstance(given, dict):
        raise click.ClickException(f"{file.name} does not have a JSON object with one rule")
    return given


@points.command()
@click.argument("name")
@click.option("--percent", type=int, required=True, help="Percentage that is paid, 101 to 1000.")
@click.option("--from", "starts_at", callback=_parse_moment, required=True, help="Time at which it begins.")
@click.option("--until", "ends_at", callback=_parse_moment, required=True, help="Time at which it ends.")
@click.option("--trigger", "triggers", multiple=True, help="Trigger that it applies to, repeatable. All if left out.")
def season(name: str, percent: int, starts_at: datetime, ends_at: datetime, triggers: tuple[str, ...]) -> None:
    """Open the season NAME for all communities."""
    chosen = [_parse_trigger(trigger) for trigger in triggers]
    plan = SeasonPlan(name, percent, starts_at, ends_at, chosen)
    row = run_with_database(open_season_as_operator(plan))
    click.echo(f"season {row.id}, {row.name}: {row.percent} percent until {row.ends_at:%Y-%m-%d %H:%M}Z")


@points.command()
@click.argument("community", callback=build_id_parser("Community"), default="0")
@click.option("--last", type=PAGE, default=DEFAULT_PAGE, show_default=True, help="Number of lines.")
def seasons(community: int, last: int) -> None:
    """Show the seasons for all communities, newest first. With COMMUNITY, show its own too."""
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
    """End SEASON now, a leader's season or one for all. Points that it has paid stay."""
    row = run_with_database(cancel_season_as_operator(season))
    click.echo(f"season {row.id}, {row.name}, has ended")


@points.command()
@click.argument("community", callback=build_id_parser("Community"))
@click.argument("member", callback=build_id_parser("Member"))
@click.argument("amount", type=int)
@click.option("--reason", required=True, help="Reason, shown to the member.")
def adjust(community: int, member: int, amount: int, reason: str) -> None:
    """Correct the account of MEMBER in COMMUNITY by AMOUNT. Above the limit a leader must approve it.

    All corrections that the operator made alone for MEMBER within 30 days count toward the limit.

    Put `--` before a negative amount: `community points adjust 1 7 --reason … -- -20`.
    """
    click.echo(
        _describe_adjustment(run_with_database(adjust_as_operator(community, member, amount=amount, reason=reason)))
    )


@points.command()
@click.argument("community", callback=build_id_parser("Community"))
@click.option("--first", type=PAGE, default=DEFAULT_PAGE, show_default=True, help="Number of lines.")
def adjustments(community: int, first: int) -> None:
    """Show the pending corrections in COMMUNITY, oldest first."""
    page = run_with_database(list_pending_as_operator(community, PageRequest(first)))
    for row in page.rows:
        requester = "the operator" if row.requested_by is None else f"leader {row.requested_by}"
        click.echo(
            f"adjustment {row.id}: {row.amount:+} for member {row.membership_id}, requested by {requester} on"
            f" {row.created_at:%Y-%m-%d %H:%M}Z: {row.reason}"
        )
    if page.has_next:
        click.echo("… and more")


@points.command()
@click.argument("community", callback=build_id_parser("Community"))
@click.argument("adjustment", callback=build_id_parser("Adjustment"))
def approve(community: int, adjustment: int) -> None:
    """Approve ADJUSTMENT in COMMUNITY, which a leader requested.

    This is for communities without a second leader.
    """
    click.echo(_describe_adjustment(run_with_database(approve_as_operator(community, adjustment))))


@points.command()
@click.argument("community", callback=build_id_parser("Community"))
@click.argument("adjustment", callback=build_id_parser("Adjustment"))
def decline(community: int, adjustment: int) -> None:
    """Reject ADJUSTMENT in COMMUNITY for good."""
    click.echo(_describe_adjustment(run_with_database(decline_as_operator(community, adjustment))))


@points.command()
@click.argument("community", callback=build_id_parser("Community"))
@click.argument("member", callback=build_id_parser("Member"))
@click.option("--last", type=PAGE, default=DEFAULT_PAGE, show_default=True, help="Number of lines.")
def statement(community: int, member: int, last: int) -> None:
    """Show the account of MEMBER in COMMUNITY and its statement, newest first."""

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
