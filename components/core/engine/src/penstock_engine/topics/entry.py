"""One payload on its way to one recipient, and what its publisher waits for."""

import asyncio
from collections.abc import Sized
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from penstock_engine.fanout import joined
from penstock_engine.payload import Payload

__all__ = ("Entry", "Item", "Outcome")


class Item(Payload, Sized, Protocol):
    """A payload that knows how many items it carries, for counting."""


P = TypeVar("P", bound=Item)


class Outcome:
    """What became of one publication: of every group, and of the first or of all broadcast readers."""

    __slots__ = ("_errors", "_first", "_known", "_left", "_readers", "future")

    def __init__(self, groups: int, readers: int, *, first: bool) -> None:
        self._left = groups + (min(readers, 1) if first else readers)
        self._readers = readers
        self._first = first
        self._known = False
        self._errors: list[Exception] = []
        self.future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def open(self) -> bool:
        """Whether the publisher still waits."""
        return not self.future.done()

    def by_group(self, error: Exception | None) -> None:
        """One group's outcome."""
        if error is not None:
            self._errors.append(error)
        self._left -= 1
        if self._left == 0 and self.open:
            if self._errors:
                self.future.set_exception(joined(self._errors))
            else:
                self.future.set_result(None)

    def by_reader(self, error: Exception | None) -> None:
        """The outcome of one reader's delivery; under `first` only the first one counts."""
        if not (self._first and self._known):
            self._known = True
            self.by_group(error)

    def missed(self, error: Exception) -> None:
        """One reader will never deliver it; under `first` that counts only when none is left who may."""
        self._readers -= 1
        if not self._first or self._readers <= 0:
            self.by_reader(error)


@dataclass(slots=True, eq=False)
class Entry(Generic[P]):
    """A payload that waits; with an `outcome` its publisher waits too."""

    payload: P
    outcome: Outcome | None

    @property
    def wanted(self) -> bool:
        """False once a publisher that waited has gone: it has taken its payload back."""
        return self.outcome is None or self.outcome.open
