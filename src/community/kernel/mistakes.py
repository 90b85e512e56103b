"""All mistakes of an input in one refusal.

    with mistakes.collect() as check:
        title = check(normalise_text, title, max_length=60, path=("title",))
        days = check(validate_days, days)

The end of the block raises if a check failed. So the values must not be used inside the block.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, Self, TypeVar, cast

from community.kernel.errors import InvalidInput

MAX_MISTAKES = 50
"""Number of mistakes after which an input is not checked further."""

P = ParamSpec("P")
T = TypeVar("T")


class collect:  # noqa: N801 - read as a verb
    """Collector of the mistakes of one input. Only the first mistake of each path is kept."""

    def __init__(self) -> None:
        self._by_path: dict[tuple[str, ...], InvalidInput] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Raise the first mistake, with the others, unless the block raised."""
        if kind is None and self._by_path:
            raise self.join()

    def has_mistakes(self) -> bool:
        """Return True if a check has failed."""
        return bool(self._by_path)

    def join(self) -> InvalidInput:
        """Return the first mistake, with the others. There must be one."""
        first, *others = self._by_path.values()
        return first.join(others)

    def __call__(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call the function and return its value, or None if it raises InvalidInput.

        Raises all mistakes when there are MAX_MISTAKES.
        """
        try:
            return function(*args, **kwargs)
        except InvalidInput as refusal:
            self.add(refusal)
            if len(self._by_path) >= MAX_MISTAKES:
                raise self.join() from None
            return cast("T", None)  # never read, because the end of the block raises

    def add(self, refusal: InvalidInput) -> None:
        """Add a mistake, and those that it brings with it."""
        for each in refusal.list_all():
            self._by_path.setdefault(each.path, cast("InvalidInput", each))
