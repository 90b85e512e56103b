"""Documents by their SHA-256: registered ones, and those that clients sent before.

A client sends `extensions.persistedQuery` of Apollo's protocol, or `documentId` of the GraphQL-over-HTTP draft.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Protocol

from community.api.edge.codes import (
    DOCUMENT_NOT_REGISTERED,
    PERSISTED_QUERY_NOT_FOUND,
    DocumentRefused,
    bad_request,
)
from community.api.edge.params import GraphQLParams

MAX_KEPT_DOCUMENTS = 1_000
MAX_KEPT_DOCUMENT_LENGTH = 32_768
MAX_KEPT_LENGTH = 1_000_000
"""Maximum number of characters of all documents that a process keeps."""
TRUST_S = 60.0
"""Time for which a process remembers that a document is registered. After a removal it is served so long."""


class SentDocuments(Protocol):
    """Documents that clients sent to any process, as `sent_documents.py` keeps them."""

    async def find(self, digest: str) -> str | None:
        """Return the document with this digest, or None."""

    async def store(self, digest: str, text: str) -> None:
        """Keep a document."""


class PersistedDocuments:
    """The documents of one process by digest.

    `find_registered` returns a registered one, or None. With `only_registered` all other documents are refused. `sent`
    has those that clients sent to other processes.
    """

    def __init__(
        self,
        find_registered: Callable[[str], Awaitable[str | None]],
        *,
        only_registered: bool,
        sent: SentDocuments | None = None,
        trust_s: float = TRUST_S,
    ) -> None:
        self._sent = sent
        self._find_registered = find_registered
        self._only_registered = only_registered
        self._trust_s = trust_s
        self._registered = _TextCache()
        self._automatic = _TextCache()

    async def resolve(self, params: GraphQLParams) -> GraphQLParams:
        """Return the request with its document. Raises DocumentRefused if it is unknown or may not be used.

        Raises ProtocolError if text and digest do not belong together.
        """
        if params.query and params.document_id and _compute_digest(params.query) != params.document_id:
            raise bad_request("The provided hash is not the SHA-256 of `query`.")
        if params.query and not self._only_registered:
            if params.document_id:
                await self._keep(params.document_id, params.query)
            return params
        text = await self._find(params.document_id or _compute_digest(params.query))
        if text is not None:
            return replace(params, query=text)
        if self._only_registered:
            raise DocumentRefused(DOCUMENT_NOT_REGISTERED, "Only registered documents can be used here.")
        # Apollo's clients look for this text, and send the document afterwards.
        raise DocumentRefused(PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound")

    async def _find(self, digest: str) -> str | None:
        text = self._registered.find(digest, max_age_s=self._trust_s)
        if text is None and not self._only_registered:
            text = self._automatic.find(digest)
        if text is not None:
            return text
        text = await self._find_registered(digest)
        if text is not None:
            self._registered.store(digest, text)
        elif self._sent is not None and not self._only_registered:
            text = await self._sent.find(digest)
            if text is not None:
                self._automatic.store(digest, text)
        return text

    async def _keep(self, digest: str, text: str) -> None:
        is_new = self._automatic.find(digest) is None
        self._automatic.store(digest, text)
        if is_new and self._sent is not None and len(text) <= MAX_KEPT_DOCUMENT_LENGTH:
            await self._sent.store(digest, text)


class _TextCache:
    """Bounded cache of documents by digest, which drops the oldest ones."""

    def __init__(self) -> None:
        self._texts: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._length = 0

    def find(self, digest: str, *, max_age_s: float = float("inf")) -> str | None:
        text, stored_at = self._texts.get(digest, (None, 0.0))
        return text if time.monotonic() - stored_at <= max_age_s else None

    def store(self, digest: str, text: str) -> None:
        if len(text) > MAX_KEPT_DOCUMENT_LENGTH:
            return
        self._length += len(text) - len(self._texts.pop(digest, ("", 0.0))[0])
        self._texts[digest] = text, time.monotonic()
        while len(self._texts) > MAX_KEPT_DOCUMENTS or self._length > MAX_KEPT_LENGTH:
            _, (dropped, _) = self._texts.popitem(last=False)
            self._length -= len(dropped)


def _compute_digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
