"""A balanced group: one bounded queue, from which its members compete."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from penstock_api import RetryableError
from penstock_engine.topics.entry import Entry, Item

__all__ = ("Group", "Member")

P = TypeVar("P", bound=Item)


class Group(Generic[P]):
    """Holds entries for its members, also while it has none.

    `capacity` is asked each time: rules may change.
    """

    def __init__(self, topic: str, capacity: Callable[[], int]) -> None:
        self._topic = topic
        self._capacity = capacity
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._divert: Callable[[Entry[P]], None] | None = None
        self.entries: deque[Entry[P]] = deque()
        self.idle: deque[Member[P]] = deque()
        self.members = 0
        self.closed = False

    @property
    def full(self) -> bool:
        """Whether there is no room."""
        return len(self.entries) >= self._capacity()

    async def room(self) -> None:
        """Wait until there is room, in order. Raises `RetryableError` once the topic is closed."""
        while self.full and not self.closed:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                with contextlib.suppress(ValueError):
                    self._waiting.remove(turn)
                self._let_in()  # the turn may have been its own
                raise
        if self.closed:
            raise RetryableError(f"topic is closed: {self._topic}")

    def put(self, entry: Entry[P]) -> None:
        """Add what there is room for."""
        if self._divert is not None:
            self._divert(entry)
            return
        self.entries.append(entry)
        self.wake()

    def divert(self, put: Callable[[Entry[P]], None]) -> None:
        """Give what is held, and what comes, to `put` instead."""
        self._divert = put
        while (entry := self.take()) is not None:
            put(entry)
        while self._waiting:
            self._let_in()

    def take(self) -> Entry[P] | None:
        """The oldest entry whose publisher still wants it delivered."""
        while self.entries:
            entry = self.entries.popleft()
            self._let_in()
            if entry.wanted:
                return entry
        return None

    def back(self, entry: Entry[P]) -> None:
        """Put first what was taken and not delivered."""
        self.entries.appendleft(entry)
        self.wake()

    def withdraw(self, entry: Entry[P]) -> None:
        """Forget `entry`, if it is still here."""
        with contextlib.suppress(ValueError):
            self.entries.remove(entry)
            self._let_in()

    def wake(self) -> None:
        """Let the member that has been idle longest look for an entry."""
        if self.idle:
            self.idle.popleft().wake()

    def abandon(self) -> list[Entry[P]]:
        """Give up what publishers wait for the outcome of, as nobody takes it."""
        given_up = [entry for entry in self.entries if entry.outcome is not None]
        for entry in given_up:
            self.withdraw(entry)
        return [entry for entry in given_up if entry.wanted]

    def close(self) -> list[Entry[P]]:
        """Refuse who waits for room; gives what is left."""
        self.closed = True
        for turn in self._waiting:
            if not turn.done():
                turn.set_result(None)
        left = [entry for entry in self.entries if entry.wanted]
        self.entries.clear()
        return left

    def _let_in(self) -> None:
        while self._waiting and not self.full:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return


class Member(Generic[P]):
    """One of those who compete for a group's entries."""

    def __init__(self, group: Group[P]) -> None:
        self._group = group
        self._woken: asyncio.Future[None] | None = None

    @property
    def connected(self) -> bool:
        """A member never loses its place."""
        return True

    @property
    def waiting(self) -> int:
        """Entries that wait for the group."""
        return len(self._group.entries)

    def enter(self) -> None:
        """Begin to compete; the group holds what came before."""
        self._group.members += 1

    def take(self) -> Entry[P] | None:
        """The next entry."""
        return self._group.take()

    async def wait(self) -> None:
        """Return when there may be an entry, or `wake` was called."""
        self._woken = asyncio.get_running_loop().create_future()
        self._group.idle.append(self)
        try:
            await self._woken
        finally:
            self._woken = None
            with contextlib.suppress(ValueError):
                self._group.idle.remove(self)

    def wake(self) -> None:
        """End `wait`."""
        if self._woken is not None and not self._woken.done():
            self._woken.set_result(None)

    def settle(self, entry: Entry[P], error: Exception | None) -> None:
        """Tell the publisher, if it waits."""
        if entry.outcome is not None:
            entry.outcome.by_group(error)

    def back(self, entry: Entry[P]) -> None:
        """Not delivered: it is for another member, or one that comes later."""
        self._group.back(entry)

    def leave(self) -> None:
        """Compete no more; a wake that this member has not followed is for another one."""
        self._group.members -= 1
        if self._group.entries:
            self._group.wake()
