"""Export of the word lists that a person published as a leader."""

from __future__ import annotations

from community.kernel.personal import DataSubject, ErasureContent, Part, own_rows
from community.kernel.tables import pick
from community.safety.models import WordList

_LISTS = pick(WordList, "community_id version content word_count exception_count created_at")


async def erase(subject: DataSubject, content: ErasureContent) -> None:
    """Keep the lists, which are rules of their communities."""
    del subject, content


PART = Part(room="safety", own=(own_rows("word_lists_by_me.json", _LISTS, by="published_by"),), erase=erase)
