"""Encryption of stored values, and keyed digests to find them without decryption.

    sealed = sealing.seal(settings, phone)              Fernet: encrypted and authenticated, under the current key
    sealing.unseal(settings, sealed)                    with the accepted key that it was sealed under
    sealing.compute_digests(settings, "phone", phone)   keyed digests, the current key's first, for unique columns

Every key is derived (HKDF, RFC 5869) from a secret of the settings, one for each use. A digest without its key reveals
nothing, even to an attacker who tries every telephone number.
"""

from __future__ import annotations

import base64
import hmac
import os
import secrets
from functools import lru_cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from community.settings import Settings

KEY_FILE = "encryption_key"


class UnsealFailed(Exception):  # noqa: N818 - the name states the condition
    """A value was sealed under a key that is no longer accepted."""


def load_or_create_secret(path: Path) -> str:
    """Return the secret in a file that only this user can read. Create it if it is missing.

    Processes that create it at the same time get the same secret.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(temporary, path)  # atomic, and never replaces the file of another process
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    return path.read_text().strip()


def list_secrets(settings: Settings) -> tuple[str, ...]:
    """Return the secrets that keys are derived from, the current one first.

    If none is configured (never in production), it is a file beside the database. Raises FileNotFoundError.
    """
    current = settings.encryption_key
    if current is None:
        return (_load_file_secret(get_key_path(settings)),)
    return (current.get_secret_value(), *(key.get_secret_value() for key in settings.encryption_keys_accepted))


def get_key_path(settings: Settings) -> Path:
    """Return the file of the secret that is used if none is configured."""
    path = settings.sqlite_path
    return (settings.folder if path is None else path.parent) / KEY_FILE


def has_key(settings: Settings) -> bool:
    """Return True if there is a secret."""
    return settings.encryption_key is not None or get_key_path(settings).exists()


def create_missing_key(settings: Settings) -> None:
    """Create the file of the secret if there is no secret. Only before anything is sealed."""
    if not has_key(settings):
        load_or_create_secret(get_key_path(settings))


@lru_cache(maxsize=16)
def _load_file_secret(path: Path) -> str:
    return path.read_text().strip()


@lru_cache(maxsize=256)
def derive_key(secret: str, use: str) -> bytes:
    """Return a key of 32 bytes for one use."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"community {use}".encode()).derive(secret.encode())


def list_fingerprints(settings: Settings) -> list[str]:
    """Return a fingerprint of each accepted secret, the current one's first.

    It names the secret and reveals nothing of it.
    """
    return [derive_key(secret, "fingerprint").hex()[:16] for secret in list_secrets(settings)]


@lru_cache(maxsize=16)
def _build_fernet(accepted: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(derive_key(secret, "seal"))) for secret in accepted])


def seal(settings: Settings, text: str) -> str:
    """Return the text encrypted under the current key. Every call gives another result."""
    return _build_fernet(list_secrets(settings)).encrypt(text.encode()).decode()


def unseal(settings: Settings, sealed: str) -> str:
    """Return the text that was sealed. Raises UnsealFailed if its key is no longer accepted."""
    try:
        return _build_fernet(list_secrets(settings)).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise UnsealFailed("a sealed value cannot be opened: its key is not among the accepted ones") from None


_opened: list[Settings] = []


def open_sealing(settings: Settings) -> None:
    """Keep the settings whose secrets `seal_here` and `unseal_here` use in this process."""
    _opened[:] = [settings]


def seal_here(text: str) -> str:
    """Seal as `seal` does, with the secrets of this process. It is for verbs that any caller may begin."""
    return seal(_opened[-1], text)


def unseal_here(sealed: str) -> str:
    """Unseal as `unseal` does, with the secrets of this process. Raises UnsealFailed."""
    return unseal(_opened[-1], sealed)


def compute_digests(settings: Settings, use: str, text: str) -> list[str]:
    """Return a digest for every accepted key, the current key's first."""
    return [
        hmac.digest(derive_key(secret, f"lookup {use}"), text.encode(), "sha256").hex()
        for secret in list_secrets(settings)
    ]


def compute_digest(settings: Settings, use: str, text: str) -> str:
    """Return the digest under the current key, which is the stored one."""
    return compute_digests(settings, use, text)[0]
