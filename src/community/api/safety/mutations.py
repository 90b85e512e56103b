"""Mutations of word lists."""

from __future__ import annotations

from community.api.context import Caller
from community.api.declare import field, input_type, object_type
from community.api.mutations import KeyedInput, Verb, community_mutation
from community.api.safety import types as _types  # noqa: F401 - declares the enumerations
from community.safety import lists
from community.safety.entries import DEFAULT_CATEGORY, MAX_CATEGORY_LENGTH, MAX_LEADER_ENTRIES, MAX_WORD_LENGTH, Word
from community.safety.facts import Level
from community.safety.lists import WordListRow


@input_type
class ListedWordInput:
    """A word of a list."""

    word: str = field(description=f"Word, 1 to {MAX_WORD_LENGTH} characters.")
    level: Level = field(default=Level.REVIEW, description="Consequence.")
    category: str = field(
        default=DEFAULT_CATEGORY, description=f"Category of your choice, 1 to {MAX_CATEGORY_LENGTH} characters."
    )
    by_sound: bool = field(
        default=False, description="True finds words that sound alike and its Pinyin too. For Chinese characters only."
    )
    by_initials: bool = field(
        default=False, description="True finds the initials of its Pinyin too. For three Chinese characters or more."
    )


@input_type
class WordListPublishInput(KeyedInput):
    """Input for `wordListPublish`, which replaces a community's word list."""

    version: int = field(description="Version of the edition that you edited. 0 if there was none.")
    words: list[ListedWordInput] = field(
        description=f"All words of the list, at most {MAX_LEADER_ENTRIES} with the exceptions."
    )
    exceptions: list[str] = field(
        default_factory=list,
        description="All harmless longer words. A listed word inside one does not count. At most"
        f" {MAX_LEADER_ENTRIES} with the words, each of 1 to {MAX_WORD_LENGTH} characters.",
    )


@object_type
class SafetyMutation:
    """Mutations of word lists."""

    @community_mutation(word_list="New edition.")
    def word_list_publish(self, input: WordListPublishInput) -> Verb[WordListRow]:
        """Publish the next edition of the community's word list. Leaders only.

        It counts for what is checked from now on. Refuses with LEADERS_ONLY, or with STALE_VERSION if another edition
        was published since.
        """

        async def publish(actor: Caller) -> WordListRow:
            words = [
                Word(given.word, given.level, given.category, given.by_sound, given.by_initials)
                for given in input.words
            ]
            return await lists.publish_as_leader(actor, version=input.version, words=words, exceptions=input.exceptions)

        return publish
