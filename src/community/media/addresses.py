"""The addresses of pictures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from community.kernel import signing

_SIGNING_PURPOSE = "media addresses"


@dataclass(frozen=True, slots=True)
class MediaUrls:
    """Addresses of pictures.

    The address of a public picture contains its random name. The address of any other picture contains a ticket, which
    is its signed id and expiry. All tickets of one lifetime are the same, so that clients need not load a picture
    again.
    """

    base_url: str
    secrets: tuple[str, ...]
    lifetime_s: int
    public_template: str | None = None

    def split_public_url(self, file: str) -> tuple[str, str]:
        """Return what precedes and follows the name in the address of a public rendition. It never changes."""
        before, _, after = (self.public_template or f"{self.base_url}/media/{{path}}").partition("{path}")
        return before, f"/{file}{after}"

    def build_signed_url(self, media_id: int, file: str, *, now: datetime) -> str:
        """Return an address that expires after one to two lifetimes."""
        windows = int(now.timestamp()) // self.lifetime_s + 2
        expires_at = datetime.fromtimestamp(windows * self.lifetime_s, UTC)
        ticket = signing.sign(self.secrets, _SIGNING_PURPOSE, str(media_id), expires_at=expires_at)
        return f"{self.base_url}/media/{ticket}/{file}"

    def parse_ticket(self, ticket: str, *, now: datetime) -> tuple[int, datetime] | None:
        """Return the id and the expiry of a ticket, or None.

        None means that the ticket is not one of ours, or has expired.
        """
        signed = signing.verify(self.secrets, _SIGNING_PURPOSE, ticket, now=now)
        return None if signed is None else (int(signed.payload), signed.expires_at)
