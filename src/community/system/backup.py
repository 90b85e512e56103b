"""Backup of an installation into a folder, and its restore into an empty database.

`manifest.json` names the version, the migrations and the fingerprints of the encryption keys, never a key. It is
written last, so that an incomplete backup has none. `SHA256SUMS` has the digest of every other file. `media/` has the
files of the store.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from community.accounts import encryption_keys
from community.database import migrate_and_seal, use_database
from community.kernel import clock, db, sealing, storage
from community.kernel.migrate import list_known_migrations
from community.settings import PREFIX, Settings
from community.system import database_copy
from community.system.database_copy import BackupRefused

MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"
MEDIA = "media"
_FORMAT = 1
_CONCURRENT_FILES = 8


@dataclass(frozen=True, slots=True)
class Manifest:
    """The description of a backup. `sums` is the SHA-256 of the file of sums."""

    format: int
    version: str
    made_at: str
    database: str
    migrations: list[str]
    key_fingerprints: list[str]
    files: int
    sums: str


async def back_up(settings: Settings, folder: Path) -> Manifest:
    """Write a backup of the open database and store into an empty folder.

    The database is as of one moment. Files that are written later are left out. Files that are deleted meanwhile are
    missing. Raises BackupRefused, TryAgain.
    """
    await asyncio.to_thread(_require_empty_folder, folder)
    begun = clock.now()
    await asyncio.to_thread(database_copy.copy_out, settings, folder)
    name = database_copy.get_copy_name(settings)
    sums = {name: await asyncio.to_thread(_digest_file, folder / name)}
    names: list[str] = []
    async for found in storage.iterate_names(before=begun):
        names.append(found)
        if len(names) == _CONCURRENT_FILES:
            sums |= await _copy_files_out(folder, names)
            names.clear()
    sums |= await _copy_files_out(folder, names)
    text = "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items()))
    (folder / SUMS).write_text(text, encoding="utf-8")
    manifest = Manifest(
        format=_FORMAT,
        version=version("community"),
        made_at=begun.isoformat(),
        database=name,
        migrations=list_known_migrations(),
        key_fingerprints=await encryption_keys.list_fingerprints(),
        files=len(sums) - 1,
        sums=hashlib.sha256(text.encode()).hexdigest(),
    )
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8")
    return manifest


def _require_empty_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise BackupRefused(f"{folder} is not empty: choose another folder")


async def _copy_files_out(folder: Path, names: list[str]) -> dict[str, str]:
    contents = await asyncio.gather(*(storage.find(name) for name in names))
    digests = {}
    for name, content in zip(names, contents, strict=True):
        if content is None:
            continue  # deleted since it was listed
        path = folder / MEDIA / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        digests[f"{MEDIA}/{name}"] = hashlib.sha256(content).hexdigest()
    return digests


async def restore(settings: Settings, folder: Path) -> Manifest:
    """Restore a backup into an empty database and the store, and apply pending migrations.

    Everything is examined before anything is written. The database comes last, so that an interrupted restore can be
    repeated. Raises BackupRefused, TryAgain, DatabaseNotReady.
    """
    manifest = _read_manifest(folder)
    _require_this_kind(settings, manifest)
    sums = await asyncio.to_thread(_examine_files, folder, manifest)
    await _require_empty_database(settings)
    storage.open_storage(settings)
    try:
        for name in sums:
            if name.startswith(f"{MEDIA}/"):
                await storage.put(name.removeprefix(f"{MEDIA}/"), (folder / name).read_bytes())
    finally:
        storage.close_storage()
    await asyncio.to_thread(database_copy.copy_in, settings, folder)
    async with use_database(settings):
        await migrate_and_seal(settings)
    return manifest


def _read_manifest(folder: Path) -> Manifest:
    path = folder / MANIFEST
    if not path.is_file():
        raise BackupRefused(f"{path} is missing: the folder has no complete backup")
    try:
        manifest = Manifest(**json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError):
        raise BackupRefused(f"{path} is not readable as a manifest of this version") from None
    if manifest.format != _FORMAT:
        raise BackupRefused(f"the backup has the format {manifest.format}, and this version reads {_FORMAT}")
    return manifest


def _require_this_kind(settings: Settings, manifest: Manifest) -> None:
    if manifest.database != database_copy.get_copy_name(settings):
        raise BackupRefused(f"the backup has {manifest.database}, which is no copy of this kind of database")
    if unknown := sorted(set(manifest.migrations) - set(list_known_migrations())):
        raise BackupRefused(f"the backup belongs to version {manifest.version}, which has {', '.join(unknown)}")
    known = sealing.list_fingerprints(settings) if sealing.has_key(settings) else []
    if missing := [key for key in manifest.key_fingerprints if key not in known]:
        raise BackupRefused(
            f"the backup is sealed with the encryption key of fingerprint {', '.join(missing)}: set"
            f" {PREFIX}ENCRYPTION_KEY, or put its file at {sealing.get_key_path(settings)}"
        )


def _examine_files(folder: Path, manifest: Manifest) -> dict[str, str]:
    """Return the digests by file. Raises BackupRefused if a file is missing or was changed."""
    path = folder / SUMS
    text = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(text).hexdigest() != manifest.sums:
        raise BackupRefused(f"{path} is not the one of the manifest")
    sums = {name: digest for digest, _, name in (line.partition("  ") for line in text.decode().splitlines())}
    for name, digest in sums.items():
        if not (folder / name).is_file() or _digest_file(folder / name) != digest:
            raise BackupRefused(f"{folder / name} is missing or was changed")
    return sums


def _digest_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def _require_empty_database(settings: Settings) -> None:
    path = settings.sqlite_path
    if path is not None and not path.exists():
        return
    async with use_database(settings):
        await db.ping()
        if count := await database_copy.count_tables():
            raise BackupRefused(f"the database is not empty, it has {count} tables: restore into a new one")
