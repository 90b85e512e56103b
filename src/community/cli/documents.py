"""`community documents`: the GraphQL documents that clients may send by their digest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click

from community.api.edge.params import DIGEST_PATTERN
from community.api.schema import build_schema
from community.cli.common import run_with_database
from community.cli.lazy import FolderCommand
from community.kernel.documents import compute_digest, list_all, register, remove

MAX_SHOWN_ERRORS = 50


@click.command(cls=FolderCommand)
@click.argument("source", type=click.Path(exists=True, path_type=Path), required=False)
@click.option("--list", "is_listing", is_flag=True, help="Print the registered documents.")
@click.option("--remove", "removed", metavar="SHA256", help="Remove a document. Processes notice within a minute.")
def documents(source: Path | None, is_listing: bool, removed: str | None) -> None:
    """Register the documents of SOURCE, all or none.

    SOURCE is a folder of .graphql files, or a JSON manifest: {"SHA-256": "document"} of graphql-codegen or Relay, or
    the manifest of Apollo. Documents that the schema or the limits refuse are printed with their line.
    """
    if (source is not None) + is_listing + (removed is not None) != 1:
        raise click.UsageError("give SOURCE, --list or --remove")
    if removed is not None:
        run_with_database(remove(_normalise_digest(removed)))
        click.echo("removed")
    elif source is not None:
        _register_all(source)
    else:
        for row in run_with_database(list_all()):
            click.echo(f"{row.digest}  {row.registered_at:%Y-%m-%d %H:%M}Z  {' '.join(row.text.split())[:60]}")


def _register_all(source: Path) -> None:
    schema = build_schema()
    texts, errors = [], []
    for name, digest, text in _read_documents(source):
        if digest is not None and digest != compute_digest(text):
            errors.append(f"{name}: the key is not the SHA-256 of the document")
        for error in schema.check_document(text):
            line = error.locations[0].line if error.locations else 1
            errors.append(f"{name}:{line}: {error.message}")
        texts.append(text)
    if errors:
        more = [f"and {len(errors) - MAX_SHOWN_ERRORS} more"] if len(errors) > MAX_SHOWN_ERRORS else []
        raise click.ClickException("\n".join(["nothing was registered", *errors[:MAX_SHOWN_ERRORS], *more]))
    new = run_with_database(register(texts))
    click.echo(f"{len(texts)} documents, {new} of them new")


def _read_documents(source: Path) -> Iterator[tuple[str, str | None, str]]:
    """Yield the name, the digest or None, and the text of each document."""
    if source.is_dir():
        for path in sorted(source.rglob("*.graphql")):
            yield str(path.relative_to(source)), None, _read_text(path)
        return
    try:
        manifest = json.loads(_read_text(source))
        if manifest.get("format") == "apollo-persisted-query-manifest":
            manifest = {one["id"]: one["body"] for one in manifest["operations"]}
        found = list(manifest.items())
    except (ValueError, AttributeError, KeyError, TypeError, RecursionError):
        found = [("", None)]
    if not all(isinstance(part, str) for pair in found for part in pair):
        raise click.ClickException(f"{source} is no manifest of documents")
    for digest, text in found:
        yield digest[:16], _normalise_digest(digest), text


def _read_text(path: Path) -> str:
    """Return the text of a file. Line breaks stay, because clients compute the digest with them."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise click.ClickException(f"{path} is not in UTF-8") from None


def _normalise_digest(digest: str) -> str:
    hexadecimal = DIGEST_PATTERN.fullmatch(digest.strip())
    return hexadecimal[1].lower() if hexadecimal else digest
