"""What is on its way: batches to send, and the accepted batches that each of them carries items of."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from penstock_api.batch import AnyBatch
from penstock_api.errors import ConsumeError, PartialError, RetryableError

__all__ = ("Entry", "Share", "Unit", "deal")

B = TypeVar("B", bound=AnyBatch)
_Result = asyncio.Future[None]


class Entry:
    """One accepted batch, until the outcome of all its items is known."""

    __slots__ = ("_error", "_failed", "_finish", "_items", "_left", "result")

    def __init__(
        self, items: int, finish: Callable[[ConsumeError | None], None], result: _Result | None
    ) -> None:
        """`finish` is called once, at the end; `result` is what the sender waits for, if it waits."""
        self._items = self._left = items
        self._failed = 0
        self._error: ConsumeError | None = None
        self._finish = finish
        self.result = result

    def settle(self, items: int, failed: int, error: ConsumeError | None) -> None:
        """Note the outcome of `items` of its items, of which `failed` failed with `error`."""
        self._left -= items
        self._failed += failed
        if failed and not isinstance(self._error, RetryableError):
            self._error = error
        if self._left:
            return
        self._finish(self._error)
        if self.result is not None and not self.result.done():
            outcome = self._outcome()
            if outcome is None:
                self.result.set_result(None)
            else:
                self.result.set_exception(outcome)

    def _outcome(self) -> ConsumeError | None:
        """The error for the sender. If any item may be sent later, the sender offers all of them again."""
        error = self._error
        if error is None or isinstance(error, RetryableError):
            return error
        if self._failed == self._items and not isinstance(error, PartialError):
            return error
        return PartialError(str(error), rejected=self._failed, code=error.code)


Share = tuple[Entry, int]
"""So many items of that entry."""


@dataclass(frozen=True, slots=True)
class Unit(Generic[B]):
    """One batch to send, with the shares of its items in their order."""

    batch: B
    shares: tuple[Share, ...]

    def settle(self, error: ConsumeError | None) -> None:
        """Tell every entry the outcome. Which items a partial error means is unknown: the first ones."""
        failed = 0 if error is None else len(self.batch)
        if isinstance(error, PartialError):
            failed = min(failed, error.rejected)
        for entry, items in self.shares:
            here = min(failed, items)
            failed -= here
            entry.settle(items, here, error)


def deal(shares: deque[Share], items: int) -> tuple[Share, ...]:
    """Take the shares of the first `items` items."""
    taken = []
    while items:
        entry, count = shares.popleft()
        if count > items:
            shares.appendleft((entry, count - items))
        taken.append((entry, min(count, items)))
        items -= min(count, items)
    return tuple(taken)
