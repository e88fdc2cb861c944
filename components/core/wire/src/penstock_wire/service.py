"""What all connections of one server share."""

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

from penstock_wire.budget import Budget
from penstock_wire.drive import Rest, Spawn
from penstock_wire.exchange import Handler, Head, Response
from penstock_wire.limits import ServerLimits
from penstock_wire.runtime import Clock

__all__ = ("Connection", "Outcome", "Refuse", "Service", "Timeout")

Refuse = Callable[[Head, int], Response]
Timeout = Callable[[Head], float | None]
Outcome = Callable[[Response | BaseException], object]
_TEXTS: Final = {413: b"413 content too large\n", 500: b"500 internal server error\n"}


class Connection(Protocol):
    """One connection of a server, of either protocol. It is an `asyncio.Protocol` too.

    It adds itself to `Service.connections` when it is made, and calls `Service.lost` when it is gone.
    """

    def drain(self) -> None:
        """Take no new request, let those under way finish, then close; idle connections close at once."""

    def abort(self) -> None:
        """Close now, and give up what is under way."""


class Service:
    """The handler, the limits, and what is counted over all connections."""

    def __init__(
        self,
        handler: Handler,
        *,
        limits: ServerLimits,
        clock: Clock,
        spawn: Spawn,
        failed: Callable[[BaseException], object],
        cancels: bool = True,
        refuse: "Refuse | None" = None,
        timeout: "Timeout | None" = None,
    ) -> None:
        """`failed` is told what a handler raised; `cancels` ends handlers whose reply is wanted no more.

        `refuse` makes the reply when there is none of the handler: 413 when the body is too large, 500 when
        the handler raised, 503 when too much is in flight, 504 after `timeout`: how long a handler may wait.
        """
        self.handler = handler
        self.limits = limits
        self.clock = clock
        self.spawn = spawn
        self.failed = failed
        self.cancels = cancels
        self.refuse = refuse or _refuse
        self.timeout = timeout
        self.loop = asyncio.get_running_loop()
        self.budget = Budget(limits.max_in_flight)
        self.connections: set[Connection] = set()
        self.tasks: set[asyncio.Task[None]] = set()
        self.is_draining = False
        self._empty: asyncio.Future[None] | None = None

    def admit(self, connection: Connection) -> bool:
        """Count `connection`; it must close itself when the result is false, and still call `lost`."""
        limit = self.limits.max_connections
        fits = not self.is_draining and (not limit or len(self.connections) < limit)
        self.connections.add(connection)
        return fits

    def lost(self, connection: Connection) -> None:
        """Forget `connection`."""
        self.connections.discard(connection)
        if not self.connections and self._empty is not None and not self._empty.done():
            self._empty.set_result(None)

    def drain(self) -> None:
        """Let every connection finish what it has begun."""
        self.is_draining = True
        for connection in tuple(self.connections):
            connection.drain()

    def abort(self) -> None:
        """Close every connection now."""
        for connection in tuple(self.connections):
            connection.abort()

    async def wait_until_empty(self) -> None:
        """Return when the last connection is gone."""
        if self.connections:
            self._empty = self.loop.create_future()
            await self._empty

    def go_on(self, rest: Rest[Response], done: Outcome) -> "asyncio.Task[None]":
        """Let a handler go on as a task; `done` is told the reply, or what it raised."""
        task = rest.go_on(self.spawn, done)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def give_up(self, seconds: float) -> None:
        """Cancel the handlers that still run, and wait for their end, but not longer than `seconds`."""
        tasks = tuple(self.tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)


def _refuse(head: Head, status: int) -> Response:  # noqa: ARG001 - a `Refuse`
    text = _TEXTS.get(status, b"%d refused\n" % status)
    return Response(status, ((b"content-type", b"text/plain; charset=utf-8"),), (text,))
