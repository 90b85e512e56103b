"""The command `community`: run the service, look after it, see it work."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import click

from community import settings as configuration
from community.kernel import logs
from community.settings import FOLDER, PREFIX, Settings, SettingsError

T = TypeVar("T")

_NOT_WELL = 1


class _InFolder(click.Command):
    """A command that works on the installation in a folder."""

    def __init__(self, *arguments: Any, **given: Any) -> None:
        super().__init__(*arguments, **given)
        option = click.Option(
            ["--folder"], type=click.Path(path_type=Path), callback=_told_folder, expose_value=False,
            help=f"Where `community up` keeps its installation; {PREFIX}FOLDER, or {FOLDER} when left out.",
        )  # fmt: skip
        self.params.append(option)


class _Commands(click.Group):
    """A group whose commands take `--folder`, unless they say that they are of another kind."""

    command_class = _InFolder
    group_class = type


def _told_folder(_context: click.Context, _option: click.Parameter, folder: Path | None) -> None:
    if folder is not None:
        os.environ[f"{PREFIX}FOLDER"] = str(folder)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(version("community"), prog_name="community")
def main() -> None:
    """Community rewards and co-creation for a neighbourhood, served over GraphQL.

    Settings are environment variables that begin with COMMUNITY_; without any, everything is kept in ./.community.
    Every command that works on what is kept takes --folder for another place.
    """
    from community.system.lifeline import hold_on

    hold_on()


def _settings() -> Settings:
    try:
        return configuration.current()
    except SettingsError as error:
        raise click.ClickException(f"the environment cannot be used\n{error}") from None


def with_database(work: Coroutine[Any, Any, T]) -> T:
    """What `work` answers on a database that has this version's tables."""
    from community.database import ready
    from community.kernel import cache

    settings = _settings()

    async def run() -> T:
        async with ready(settings):
            cache.open_cache(settings)
            try:
                return await work
            finally:
                await cache.close_cache()

    try:
        with _plainly():
            return asyncio.run(run())
    finally:
        work.close()


def _migrated() -> list[str]:
    """The names of the migrations that were applied."""
    from community.database import brought_up_to_date, opened
    from community.kernel import db

    settings = _settings()

    async def run() -> list[str]:
        async with opened(settings):
            await db.reach()
            return await brought_up_to_date(settings)

    with _plainly():
        return asyncio.run(run())


@contextmanager
def _plainly() -> Iterator[None]:
    """Tell the operator what is in the way in one sentence; what is none of these is a bug, and shows its traceback."""
    from redis import RedisError
    from tortoise.exceptions import OperationalError

    from community.database import NotReady
    from community.kernel.db import AWAY, DatabaseAway
    from community.kernel.errors import Refusal
    from community.system.supervisor import FolderInUse
    from community.system.valkey import ValkeyError

    try:
        yield
    except (Refusal, FolderInUse, NotReady, DatabaseAway) as error:
        raise click.ClickException(str(error)) from None
    except RedisError as error:
        raise click.ClickException(f"Redis cannot be used: {error}") from None
    except (OSError, ValkeyError) as error:
        raise click.ClickException(str(error)) from None
    except (OperationalError, *AWAY) as error:
        raise click.ClickException(f"the database cannot be used: {error}") from None


# --- running it --------------------------------------------------------------------------------------------------


@main.command()
def up() -> None:
    """Run the whole service on this machine: SQLite, an embedded Valkey, API, relay and workers."""
    from community.kernel.sealing import KEY_FILE, kept_secret
    from community.system.supervisor import System, end_in_order, end_unhurried

    end_in_order()
    logs.configure("supervisor")
    folder = Path(os.environ.get(f"{PREFIX}FOLDER", FOLDER))
    _takes_no_servers(folder)
    with _plainly():
        folder.mkdir(parents=True, exist_ok=True)
        os.environ.setdefault(f"{PREFIX}TOKEN_SECRET", kept_secret(configuration.embedded_secret(folder)))
        os.environ.setdefault(f"{PREFIX}ENCRYPTION_KEY", kept_secret(folder / KEY_FILE))
    settings = _settings()
    with _plainly():
        system = System(folder, host=settings.host, port=settings.port, environment=os.environ, logs=False)
    _migrated()
    try:
        with _plainly():
            system.start()
        click.echo(f"GraphQL   {system.url}/graphql   (a browser gets GraphiQL there)")
        click.echo(f"kept in   {folder.resolve()}")
        there = "" if folder == Path(FOLDER) else f" --folder {shlex.quote(str(folder))}"
        click.echo(f"begin     community found{there} NAME   prints the code that makes the first leader")
        system.run()
    finally:
        end_unhurried()
        system.stop()


def _takes_no_servers(folder: Path) -> None:
    """Refuse a database or Redis of the operator's own, rather than pass over it in silence."""
    for name, own in (
        (f"{PREFIX}DATABASE_URL", configuration.embedded_database_url(folder)),
        (f"{PREFIX}REDIS_URL", configuration.embedded_redis_url(folder)),
    ):
        if os.environ.get(name, own) != own:
            raise click.ClickException(
                f"{name} is set, and `community up` keeps a database and a Valkey of its own in {folder}: unset it, or"
                " run `community serve`, `community relay` and `community worker QUEUE` instead"
            )


@main.command()
@click.option("--fd", type=int, default=None, help="Serve on this inherited socket instead of host and port.")
def serve(fd: int | None) -> None:
    """Run one API process."""
    from community import app as api

    logs.configure("api")
    # Asked once before the server starts, which would tell it with a traceback.
    with_database(asyncio.sleep(0))
    api.serve(_settings(), descriptor=fd)


@main.command()
@click.argument("queue")
def worker(queue: str) -> None:
    """Run one worker process on QUEUE."""
    from workers import process
    from workers.registry import QUEUES

    if queue not in QUEUES:
        raise click.BadParameter(f"the queues are {', '.join(QUEUES)}", param_hint="QUEUE")
    logs.configure(f"worker-{queue}")
    settings = _settings()
    with _plainly():
        process.work(settings, queue)


@main.command()
def relay() -> None:
    """Run one relay: it hands what was promised to the workers, and keeps the schedule."""
    from workers import relay as process

    logs.configure("relay")
    settings = _settings()
    with _plainly():
        asyncio.run(process.run(settings))


@main.command(cls=click.Command)
@click.option("--once", is_flag=True, help="Stop after the story; exit status 0 only if every step did what it should.")
@click.option("--port", type=int, default=8000, show_default=True, help="Where to serve; 0 takes any free port.")
@click.option(
    "--photos", type=click.Path(path_type=Path, exists=True, file_okay=False), default=None,
    help="Use the photographs of this folder instead of drawn ones.",
)  # fmt: skip
def demo(once: bool, port: int, photos: Path | None) -> None:
    """See it work: start everything in a folder of its own, play the product's loop over HTTP, go on serving."""
    from community.demo.photographs import of_folder
    from community.demo.run import play

    with _plainly():
        if photos is not None:
            of_folder(photos, 1)
    sys.exit(0 if play(once=once, port=port, photos=photos) else _NOT_WELL)


# --- looking after it --------------------------------------------------------------------------------------------


@main.command("migrate")
def migrate_command() -> None:
    """Bring the database to this version's tables. Safe to run twice, and by several processes at once."""
    click.echo("\n".join(f"applied {name}" for name in _migrated()) or "nothing to apply")


@main.command(cls=click.Command)
@click.option("--check", is_flag=True, help="Compare with the schema.graphql that this version was released with.")
def schema(check: bool) -> None:
    """Print the schema."""
    from community.api.schema import printed, released

    if not check:
        click.echo(printed(), nl=False)
    elif printed() != released():
        raise click.ClickException("the schema is not what schema.graphql says: `community schema > schema.graphql`")
    else:
        click.echo("the schema is what schema.graphql says")


@main.command()
def check() -> None:
    """Is all that the configuration names reachable, migrated and consistent? A table, and exit status 1 if not."""
    from community.system.checks import examine

    findings = asyncio.run(examine(_settings()))
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        click.echo(f"{'ok  ' if finding.well else 'BAD '} {finding.name:<{width}}  {finding.sentence}")
    sys.exit(0 if all(finding.well for finding in findings) else _NOT_WELL)


@main.command()
def audit() -> None:
    """Prove the books, entry by entry: what holds, of how many rows; exit status 1 where it does not."""
    import time

    from community.kernel.proof import prove
    from community.system.audit import AUDIT

    async def prove_all() -> bool:
        well = True
        async for proven in prove(AUDIT):
            well = well and not proven.wrong
            rows = f"{proven.examined:>11,} {proven.proof.table}"
            click.echo(f"{'BAD ' if proven.wrong else 'ok  '} {rows:<26} {proven.proof.promise}")
            if proven.wrong:
                click.echo(f"     not so: {proven.proof.table} {', '.join(map(str, proven.wrong))}")
        return well

    began = time.monotonic()
    well = with_database(prove_all())
    click.echo(f"{'the books are proven' if well else 'the books are wrong'}, in {time.monotonic() - began:.1f} s")
    sys.exit(0 if well else _NOT_WELL)


@main.command()
@click.argument("name")
@click.option("--time-zone", default="Asia/Shanghai", show_default=True, help="Where its days begin.")
@click.option("--public", is_flag=True, help="Let anybody read what it publishes.")
@click.option("--open", "is_open", is_flag=True, help="Let anybody join.")
def found(name: str, time_zone: str, public: bool, is_open: bool) -> None:
    """Found the community NAME, and print the code that makes its first leader."""
    from community.identity import service
    from community.identity.models import Joining, Visibility

    work = service.found_community(
        name=name,
        time_zone=time_zone,
        visibility=Visibility.PUBLIC if public else Visibility.MEMBERS,
        joining=Joining.OPEN if is_open else Joining.INVITATION,
    )
    invitation = with_database(work)
    click.echo(
        f"{invitation.code}  makes one person a leader of {name}, before {invitation.expires_at:%Y-%m-%d %H:%M}Z"
    )


@main.group()
def leaderboards() -> None:
    """Look after the leaderboards."""


@leaderboards.command()
def rebuild() -> None:
    """Make every board in Redis anew from the database alone."""
    from community.leaderboards import service

    click.echo(f"{with_database(service.rebuild_all())} communities rebuilt")


@main.group()
def outbox() -> None:
    """Look after the effects that follow what was done."""


@outbox.command()
def unpark() -> None:
    """Offer every effect again that had failed too often."""
    from community.kernel import outbox as effects

    with_database(effects.unpark())
    click.echo("offered again")


@main.command()
def rekey() -> None:
    """Seal everything anew under COMMUNITY_ENCRYPTION_KEY, after the key has been changed."""
    from community.identity import platform_ids
    from community.kernel.sealing import Unreadable

    try:
        count = with_database(platform_ids.reseal(_settings()))
    except Unreadable as error:
        raise click.ClickException(f"{error}; put the old key into {PREFIX}ENCRYPTION_KEYS_ACCEPTED") from None
    click.echo(f"{count} values sealed under the current key; the accepted ones may go")


# --- people ------------------------------------------------------------------------------------------------------


@main.group()
def people() -> None:
    """Suspend people, let them in again, and see that every community is led."""


def _number(kind: str, given: str) -> int:
    """The number of a thing: as it is, or out of the id that the graph shows."""
    from community.api import ids
    from community.kernel.errors import InvalidInput

    try:
        return int(given) if given.isdecimal() else ids.decode(kind, given, path="id")
    except InvalidInput as error:
        raise click.BadParameter(error.message) from None


@people.command()
@click.argument("person")
@click.option("--reason", required=True, help="What the person is told when they try to log in.")
def ban(person: str, reason: str) -> None:
    """Suspend PERSON everywhere, from the very next request on."""
    from community.identity import people as verbs

    with_database(verbs.ban(_number("Person", person), reason=reason))
    click.echo("suspended")


@people.command()
@click.argument("person")
def pardon(person: str) -> None:
    """Let PERSON in again."""
    from community.identity import people as verbs

    with_database(verbs.pardon(_number("Person", person)))
    click.echo("let in again")


@people.command()
@click.argument("community")
def lead(community: str) -> None:
    """Print a code that makes one more leader of COMMUNITY, for one that has none left."""
    from community.identity import service

    invitation = with_database(service.invite_leader(_number("Community", community)))
    click.echo(f"{invitation.code}  makes one person a leader, before {invitation.expires_at:%Y-%m-%d %H:%M}Z")


# --- privacy -----------------------------------------------------------------------------------------------------


@main.group()
def privacy() -> None:
    """What people agree to, and how long anything is kept."""


@privacy.command()
@click.argument(
    "purpose", type=click.Choice(["SERVICE", "PUBLICATION", "LEADERBOARDS", "NOTICES"], case_sensitive=False)
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--title", required=True, help="What the document is called.")
@click.option("--renews", is_flag=True, help="Ask everybody anew, also those who agreed to an earlier version.")
def publish(purpose: str, file: Path, title: str, renews: bool) -> None:
    """Publish the text in FILE as the next version of what people agree to for PURPOSE."""
    from community.identity import consents
    from community.identity.models import Purpose

    text = file.read_text(encoding="utf-8")
    row = with_database(consents.publish(Purpose(purpose.upper()), title=title, text=text, renews=renews))
    asks = "everybody is asked" if row.renews else "earlier consents go on"
    click.echo(f"{row.purpose.value} version {row.version} is published: {asks}")


@privacy.command()
@click.option("--now", is_flag=True, help="Take away what is too old before the report.")
def retention(now: bool) -> None:
    """Report how long each kind of data is kept, and what was last taken away of it."""
    from community.privacy import retention as table

    async def ask() -> list[str]:
        if now:
            await table.run(_settings())
        lines = []
        for kind, run in await table.report():
            last = (
                "never looked through" if run is None else f"{run.dropped} of {run.dropped_ever} at {run.ran_at:%F %R}Z"
            )
            lines.append(f"{kind.name:<42} {kind.kept.days:>5} days  {last:<34} {kind.why}")
        return lines

    click.echo("\n".join(with_database(ask())))
