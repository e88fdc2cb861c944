"""The connections of one client to one server: made when needed, used again, spread over its addresses."""

import asyncio
import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from penstock_wire.dial import Address, Dialer
from penstock_wire.errors import DisconnectedError, RefusedError, WireError
from penstock_wire.exchange import Buffer, Head, Response
from penstock_wire.runtime import Clock, Timer

__all__ = ("Backoff", "ClientConnection", "Make", "Pool", "PoolLimits")

_TRIES: Final = 3
_Done = Callable[[Response | WireError], None]


class ClientConnection(Protocol):
    """A connection of a client, of either version of HTTP. It is an `asyncio.Protocol` too."""

    @property
    def room(self) -> int:
        """How many requests may be sent now."""
        ...

    def send(self, head: Head, parts: Sequence[Buffer], done: _Done, /) -> int:
        """Send a request; gives its number."""
        ...

    def cancel(self, number: int, /) -> None:
        """The reply to request `number` is wanted no more."""

    def drain(self) -> None:
        """Begin nothing more, and close after the last reply."""

    def abort(self) -> None:
        """Close now."""


class Make(Protocol):
    """Makes a connection's protocol."""

    def __call__(self, *, changed: Callable[[], object], lost: Callable[[], object]) -> "ClientConnection":
        """`changed` is called when `room` may have changed, `lost` once when the connection is gone."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """How long to wait before connecting again; meanwhile requests fail at once. Times in seconds."""

    first: float = 1.0
    factor: float = 1.6
    most: float = 30.0
    jitter: float = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolLimits:
    """How many connections there may be; 0 is without limit."""

    connections: int = 0
    """At a time; further requests wait."""
    kept: int = 0
    """Kept open between requests; negative for none."""
    idle_seconds: float = 0.0
    """Close a connection that had no request for this long."""
    is_shared: bool = False
    """Whether one connection to each address takes all requests, as HTTP/2's can."""
    may_share: bool = False
    """Whether that is not known before there is one: further requests then wait for the first to be made."""
    spreads: bool = True
    """Whether requests take turns over the addresses; otherwise the first that answers takes all."""
    waits: bool = False
    """Whether a request waits until there is a connection, instead of failing at once."""


@dataclass(slots=True, eq=False)
class _Entry:
    """A connection, where it leads, and since when it has nothing to do."""

    connection: ClientConnection
    address: Address
    busy: int = 0
    idle_since: float = 0.0


class Pool:
    """Sends requests. A request that the peer has certainly not acted on is sent again."""

    def __init__(
        self,
        dialer: Dialer,
        make: Make,
        *,
        clock: Clock,
        limits: PoolLimits,
        backoff: Backoff | None = None,
    ) -> None:
        self._dialer = dialer
        self._make = make
        self._clock = clock
        self._limits = limits
        self._backoff = backoff or Backoff()
        self._entries: list[_Entry] = []
        self._waiters: deque[asyncio.Future[None]] = deque()
        self._addresses: tuple[Address, ...] = ()
        self._turn = 0
        self._dialing = 0
        self._failures = 0
        self._not_before = 0.0
        self._failure = ""
        self._sweeper: Timer | None = None
        self._is_closed = False
        self._gone: asyncio.Future[None] | None = None

    async def request(self, head: Head, parts: Sequence[Buffer]) -> Response:
        """The response. Raises `WireError` when there is none.

        `RefusedError` says that the server has not acted on it.
        """
        for left in range(_TRIES - 1, -1, -1):
            entry = await self._acquire()
            try:
                return await self._send(entry, head, parts)
            except RefusedError:
                if not left:
                    raise
        raise AssertionError

    async def close(self) -> None:
        """Close all connections; requests under way fail. Safe twice."""
        self._is_closed = True
        if self._sweeper is not None:
            self._sweeper.cancel()
        gone = asyncio.get_running_loop().create_future()
        self._gone = gone
        for entry in tuple(self._entries):
            entry.connection.abort()
        self._wake(everybody=True)
        if self._entries:
            await gone

    async def _send(self, entry: _Entry, head: Head, parts: Sequence[Buffer]) -> Response:
        answered: asyncio.Future[Response | WireError] = asyncio.get_running_loop().create_future()

        def done(outcome: Response | WireError) -> None:
            if not answered.done():
                answered.set_result(outcome)

        entry.busy += 1
        number = entry.connection.send(head, parts, done)
        try:
            outcome = await answered
        except asyncio.CancelledError:
            entry.connection.cancel(number)
            raise
        finally:
            entry.busy -= 1
            self._rest(entry)
        if isinstance(outcome, WireError):
            raise outcome
        return outcome

    def _rest(self, entry: _Entry) -> None:
        """A request has ended: keep the connection or not, and let who waits go on."""
        if not entry.busy and entry in self._entries:
            limits = self._limits
            entry.idle_since = self._clock.now()
            idle = sum(not one.busy for one in self._entries)
            if limits.kept and idle > max(0, limits.kept):
                entry.connection.drain()
            elif limits.idle_seconds and self._sweeper is None:
                self._sweeper = self._clock.call_later(limits.idle_seconds, self._sweep)
        self._wake()

    # -- finding a connection -----------------------------------------------------------------------

    async def _acquire(self) -> _Entry:
        while True:
            if self._is_closed:
                raise DisconnectedError("the client is closed")
            entry = self._find()
            if entry is not None:
                return entry
            if self._may_dial():
                entry = await self._dial()
                if entry is not None and entry.connection.room:
                    return entry
            else:
                await self._wait()

    def _find(self) -> _Entry | None:
        entries = self._entries
        if not self._limits.is_shared:  # the one used last: the others may become idle
            return next((one for one in reversed(entries) if one.connection.room), None)
        if not self._limits.spreads or len(self._addresses) < 2:
            return next((one for one in entries if one.connection.room), None)
        reached = {one.address for one in entries}
        if (
            not self._dialing
            and len(reached) < len(self._addresses)
            and self._clock.now() >= self._not_before
        ):
            return None
        self._turn += 1
        usable = [one for one in entries if one.connection.room]
        return usable[self._turn % len(usable)] if usable else None

    def _may_dial(self) -> bool:
        limits, there = self._limits, len(self._entries) + self._dialing
        waits = limits.is_shared or (limits.may_share and not self._entries)
        if waits and self._dialing:
            return False
        return not limits.connections or there < limits.connections

    async def _wait(self) -> None:
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done():  # woken in vain
                self._wake()
            else:
                self._waiters.remove(waiter)
            raise

    def _wake(self, *, everybody: bool = False) -> None:
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                if not everybody:
                    return

    # -- connecting ---------------------------------------------------------------------------------

    async def _dial(self) -> _Entry | None:
        """Connect to the next address that answers. Raises `DisconnectedError`, also while it backs off."""
        left = self._not_before - self._clock.now()
        if left > 0:
            if self._has_room:
                return None
            if not self._limits.waits:
                raise DisconnectedError(self._failure)
        self._dialing += 1
        try:
            if left > 0:
                await self._sleep(left)
            return await self._dial_now()
        except DisconnectedError as error:
            self._back_off(str(error))
            if not self._limits.waits and not self._has_room:
                raise
            return None
        finally:
            self._dialing -= 1
            self._wake(everybody=True)

    @property
    def _has_room(self) -> bool:
        return any(one.connection.room for one in self._entries)

    async def _dial_now(self) -> _Entry:
        self._addresses = await self._dialer.resolve()
        problem: DisconnectedError | None = None
        for address in self._candidates():
            try:
                entry = await self._connect(address)
            except DisconnectedError as error:
                problem = error
                continue
            self._failures, self._not_before = 0, 0.0
            return entry
        raise problem or DisconnectedError("the name has no address")

    def _candidates(self) -> list[Address]:
        """Addresses in the order to try them: those first to which there is no connection."""
        addresses = list(self._addresses)
        if self._limits.spreads and addresses:
            self._turn += 1
            start = self._turn % len(addresses)
            addresses = addresses[start:] + addresses[:start]
        reached = {one.address for one in self._entries}
        if self._limits.is_shared and self._has_room:  # those that are missing, or none
            return [one for one in addresses if one not in reached]
        return sorted(addresses, key=lambda one: one in reached)

    async def _connect(self, address: Address) -> _Entry:
        entry: _Entry | None = None

        def lost() -> None:
            if entry is not None:
                self._forget(entry)

        connection = self._make(changed=self._wake, lost=lost)
        await self._dialer.connect(address, lambda: connection)  # type: ignore[arg-type, return-value]  # it is one
        if self._is_closed:
            connection.abort()
            raise DisconnectedError("the client is closed")
        entry = _Entry(connection, address, idle_since=self._clock.now())
        self._entries.append(entry)
        return entry

    def _forget(self, entry: _Entry) -> None:
        if entry in self._entries:
            self._entries.remove(entry)
        gone = self._gone
        if not self._entries and gone is not None and not gone.done():
            gone.set_result(None)
        self._wake()

    def _back_off(self, failure: str) -> None:
        backoff = self._backoff
        delay = min(backoff.first * backoff.factor**self._failures, backoff.most)
        spread = 1 + backoff.jitter * random.uniform(-1, 1)  # noqa: S311 - no secret
        self._failures += 1
        self._failure = failure
        self._not_before = self._clock.now() + delay * spread

    async def _sleep(self, seconds: float) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        timer = self._clock.call_later(seconds, lambda: None if woken.done() else woken.set_result(None))
        try:
            await woken
        finally:
            timer.cancel()

    def _sweep(self) -> None:
        """Close what has been idle for too long; look again when the next one is due."""
        limit, now = self._limits.idle_seconds, self._clock.now()
        self._sweeper = None
        for entry in tuple(self._entries):
            if not entry.busy and now - entry.idle_since >= limit:
                entry.connection.drain()
        idle = [one.idle_since for one in self._entries if not one.busy and one.idle_since + limit > now]
        if idle:
            self._sweeper = self._clock.call_later(min(idle) + limit - now, self._sweep)
