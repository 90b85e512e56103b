"""The operator's part of the points bank: policies, rules and seasons for all, corrections, anybody's statement."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO

import click

from community.cli.group import main, number_of, with_database

if TYPE_CHECKING:
    from community.points.earning.models import Trigger


def _moment(_context: click.Context, _option: click.Parameter, value: str | None) -> datetime | None:
    """A moment with its offset; one without is taken to be UTC."""
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"{value!r} is not a moment such as 2027-02-06T00:00+08:00") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


@main.group()
def points() -> None:
    """Run the points bank. COMMUNITY and MEMBER are ids as the graph shows them, or their numbers."""


@points.command()
@click.argument("community", callback=number_of("Community"))
@click.option("--days", type=int, default=None, help="Points last so many whole days.")
@click.option("--following-year", is_flag=True, help="Points last to the end of the following year (the default).")
@click.option("--adjustment-limit", type=int, default=100, show_default=True, help="What one leader corrects alone.")
def policy(community: int, days: int | None, following_year: bool, adjustment_limit: int) -> None:
    """Set how long points last in COMMUNITY that are earned from now on."""
    from community.points.models import Expiry
    from community.points.policy import set_policy

    if (days is None) != following_year:
        raise click.UsageError("give --days N or --following-year")
    expiry = Expiry.END_OF_FOLLOWING_YEAR if following_year else Expiry.ROLLING_DAYS
    row = with_database(set_policy(community, expiry=expiry, rolling_days=days, adjustment_limit=adjustment_limit))
    lasts = f"{row.rolling_days} days" if row.rolling_days else "to the end of the following year"
    click.echo(f"points of community {community} last {lasts}; one leader corrects up to {row.adjustment_limit}")


@points.command()
@click.argument("community", callback=number_of("Community"), default="0")
def rules(community: int) -> None:
    """Show what is paid for what at this moment, as JSON: for all communities, or in COMMUNITY."""
    from community.kernel import clock
    from community.points.earning.catalogue import rules_in_force
    from community.points.earning.models import Trigger

    for rule in with_database(rules_in_force(community, list(Trigger), at=clock.now())):
        words = json.dumps(rule.definition.as_json(), ensure_ascii=False)
        click.echo(f"{rule.trigger.value:<24} version {rule.version}, {rule.set_by.value.lower()}: {words}")


@points.command()
@click.argument("trigger")
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option("--from", "effective_from", callback=_moment, default=None, help="From when on; at once when left out.")
def publish(trigger: str, file: TextIO, effective_from: datetime | None) -> None:
    """Publish the rule for TRIGGER in FILE (JSON as `rules` shows it; - reads it from standard input), for all."""
    from community.points.earning.editing import publish_as_operator
    from community.points.earning.rules import definition

    try:
        given = json.load(file)
    except ValueError as error:
        raise click.ClickException(f"{file.name} is not JSON: {error}") from None
    if not isinstance(given, dict):
        raise click.ClickException(f"{file.name} does not hold one rule")
    wanted = _trigger(trigger)

    async def work() -> str:
        row = await publish_as_operator(wanted, definition=definition(given), effective_from=effective_from)
        return f"version {row.version} of {row.trigger.value} holds from {row.effective_from:%Y-%m-%d %H:%M}Z"

    click.echo(with_database(work()))


@points.command()
@click.argument("name")
@click.option("--percent", type=int, required=True, help="How many percent are paid, 101 to 1000.")
@click.option("--from", "starts_at", callback=_moment, required=True, help="From this moment on.")
@click.option("--until", "ends_at", callback=_moment, required=True, help="Before this moment.")
@click.option("--trigger", "triggers", multiple=True, help="What it counts for; everything when left out.")
def season(name: str, percent: int, starts_at: datetime, ends_at: datetime, triggers: tuple[str, ...]) -> None:
    """Open the season NAME for all communities."""
    from community.points.earning.editing import open_season_everywhere

    chosen = [_trigger(trigger) for trigger in triggers]
    row = with_database(
        open_season_everywhere(name=name, percent=percent, starts_at=starts_at, ends_at=ends_at, triggers=chosen)
    )
    click.echo(f"season {row.id}, {row.name}: {row.percent} percent until {row.ends_at:%Y-%m-%d %H:%M}Z")


@points.command()
@click.argument("community", callback=number_of("Community"))
@click.argument("member", callback=number_of("Member"))
@click.argument("amount", type=int)
@click.option("--reason", required=True, help="Why; the member reads it.")
def adjust(community: int, member: int, amount: int, reason: str) -> None:
    """Correct the account of MEMBER in COMMUNITY by AMOUNT; above the limit a leader must agree.

    Put `--` before a negative amount: `community points adjust 1 7 --reason … -- -20`.
    """
    from community.points.adjustments import adjust_as_operator

    row = with_database(adjust_as_operator(community, member, amount=amount, reason=reason))
    click.echo(f"adjustment {row.id} is {row.state.value.lower()}")


@points.command()
@click.argument("community", callback=number_of("Community"))
@click.argument("member", callback=number_of("Member"))
@click.option("--last", type=click.IntRange(1, 100), default=20, show_default=True, help="How many lines.")
def statement(community: int, member: int, last: int) -> None:
    """Show the account of MEMBER in COMMUNITY, newest first, with everything that is known of each movement."""
    from community.identity.queries import check_members
    from community.kernel.paging import PageRequest
    from community.points import queries

    async def work() -> list[str]:
        await check_members(community, member)
        (row,) = await queries.accounts(community, [member])
        page = await queries.statement(community, member, PageRequest(last))
        head = f"balance {row.balance}, frozen {row.held}, debt {row.debt}, growth value {row.growth}"
        return [head] + [
            f"{line.created_at:%Y-%m-%d %H:%M:%S}Z {line.kind.value:<10} {line.amount:>+8} {line.balance:>9}"
            f"  {line.source_key}  {json.dumps(line.explanation, ensure_ascii=False)}"
            for line in page.rows
        ]

    click.echo("\n".join(with_database(work())))


def _trigger(name: str) -> Trigger:
    from community.points.earning.models import Trigger

    try:
        return Trigger(name.upper().replace("-", "_"))
    except ValueError:
        raise click.BadParameter(f"the triggers are {', '.join(Trigger)}", param_hint="TRIGGER") from None
