"""One connection of a server: parses requests, has them handled in order, and writes the replies."""

import asyncio
from collections import deque
from functools import partial
from typing import Final, cast

import httptools

from penstock_wire.drive import begin
from penstock_wire.exchange import Handler, Request, Response
from penstock_wire.h1.heads import CONTINUE, Heads
from penstock_wire.h1.incoming import Incoming, Reader, UnacceptableError
from penstock_wire.h1.repeat import Repeated
from penstock_wire.h1.watch import Watch
from penstock_wire.peer import peer_of
from penstock_wire.service import Service
from penstock_wire.writing import write_pieces

__all__ = ("H1Connection",)

_TEXT: Final = ((b"content-type", b"text/plain; charset=utf-8"),)
_JOINED: Final = 64 * 1024


class H1Connection(asyncio.Protocol):
    """Requests of one client. Those that arrive while one is handled wait; then reading pauses."""

    def __init__(self, service: Service, heads: Heads, too_large: Handler | None = None) -> None:
        """`too_large` answers requests whose body is over the limit, without it; else `refuse` does."""
        self._service = service
        self._heads = heads
        self._too_large = too_large or (lambda request: service.refuse(request.head, 413))
        self._reader = Reader(service.limits)
        self._feed = self._reader.parser.feed_data
        self._queue: deque[Incoming] = deque()
        self._busy: Incoming | None = None
        self._task: asyncio.Task[None] | None = None
        self._out: list[bytes] = []
        self._refusal: UnacceptableError | None = None
        self._repeated: Repeated | None = None
        self._turning = self._last = self._lost = self._paused = False
        self._can_write = self._has_room = True

    # -- asyncio ------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Expect a request soon."""
        # cast: uvloop's transports do all that asyncio's do, but are not derived from them.
        transport = cast("asyncio.Transport", transport)
        self._transport = transport
        self._watch = Watch(transport, self._service)
        self._peer = peer_of(transport)
        self._secure = transport.get_extra_info("sslcontext") is not None
        if self._service.admit(self):
            self._watch.begin(lambda: self._is_idle, self.drain)
        else:
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Forget the connection, and what was to be handled."""
        self._lost = True
        for incoming in self._queue:
            self._service.budget.free(incoming.accounted)
        self._queue.clear()
        self._watch.end()
        if self._task is not None and self._service.cancels:
            self._task.cancel()
        self._service.lost(self)

    def data_received(self, data: bytes) -> None:
        """Parse `data`, and handle what is whole."""
        watch, reader = self._watch, self._reader
        if watch.lingers:
            watch.discard(len(data))
            return
        if reader.incoming is None and not self._queue and self._busy is None and not self._last:
            if self._repeated is not None:
                again = self._repeated.match(data)
                if again is not None:
                    self._take_again(again)
                    return
            fresh = data
        else:
            fresh = b""
        try:
            self._parse(data)
        except httptools.HttpParserCallbackError as error:
            self._refuse(error.__context__)
        except httptools.HttpParserError as error:
            self._refuse(error)
        if fresh and len(reader.complete) == 1 and reader.incoming is None and self._refusal is None:
            self._repeated = Repeated.learn(self._service.limits.max_body, fresh, reader.complete[0])
        self._take()
        problem = watch.check(reader, len(data))
        if problem is not None:
            self._refuse(problem)
        self._turn()
        if reader.incoming is not None and self._service.budget.is_full:
            self._mind_room(reader.incoming)

    def eof_received(self) -> bool:
        """The client sends no more, but may wait for replies."""
        self._last = True
        return self._busy is not None and self._reader.incoming is None and not self._secure

    def pause_writing(self) -> None:
        """The client does not take its replies: read nothing from it either."""
        self._can_write = False
        self._watch.expect_progress()
        self._control_reading()

    def resume_writing(self) -> None:
        """The client takes them again."""
        self._can_write = True
        self._watch.relax()
        self._control_reading()

    # -- for the service ----------------------------------------------------------------------------

    def drain(self) -> None:
        """Close, after the reply to what has begun to be received."""
        if self._is_idle:
            self._transport.close()
        self._last = True

    def abort(self) -> None:
        """Close now."""
        self._transport.abort()

    def resume(self) -> None:
        """Read on: there is room again."""
        self._has_room = True
        self._control_reading()

    # -- requests -----------------------------------------------------------------------------------

    @property
    def _is_idle(self) -> bool:
        incoming = self._reader.incoming
        return self._busy is None and not self._queue and (incoming is None or incoming.head is None)

    @property
    def _ended(self) -> bool:
        return self._lost or self._watch.lingers or self._transport.is_closing()

    def _take_again(self, incoming: Incoming) -> None:
        """A whole request, with a head that was parsed before."""
        incoming.accounted = incoming.held
        self._service.budget.used += incoming.held
        self._queue.append(incoming)
        self._turn()

    def _parse(self, data: bytes) -> None:
        """Parse `data`. Who asks for another protocol is answered in this one (RFC 9110, section 7.8)."""
        try:
            self._feed(data)
        except httptools.HttpParserUpgrade as found:
            head = self._reader.restart()
            self._feed = self._reader.parser.feed_data
            self._feed(head + data[found.args[0] :])

    def _take(self) -> None:
        """Put what was parsed in line, and account for the bytes that are kept."""
        reader, queue, budget = self._reader, self._queue, self._service.budget
        incoming = reader.incoming
        if reader.complete:
            arrived, reader.complete = reader.complete, []
            if incoming is not None and incoming.head is not None:
                arrived.append(incoming)
        elif incoming is not None and incoming.head is not None:
            arrived = [incoming]
        else:
            return
        for one in arrived:
            fresh = one.held - one.accounted
            if fresh:
                one.accounted += fresh
                budget.used += fresh
            if not one.queued:
                one.queued = True
                queue.append(one)

    def _turn(self) -> None:
        """Handle what is ready, in order; then write all replies at once."""
        if self._turning:
            return
        self._turning = True
        queue = self._queue
        while queue and self._busy is None and not self._ended:
            first = queue[0]
            if not (first.whole or first.too_large):
                if first.expects and not first.size:
                    first.expects = False
                    self._out.append(CONTINUE)
                break
            queue.popleft()
            self._handle(first)
        self._turning = False
        if self._refusal is not None and self._busy is None and not queue and not self._ended:
            self._send_refusal(self._refusal)
        self._flush()
        self._control_reading()

    def _handle(self, incoming: Incoming) -> None:
        service, head = self._service, incoming.head
        assert head is not None
        self._busy = incoming
        service.budget.running += 1
        request = Request(head, incoming.parts, incoming.size, self._peer)
        handler = self._too_large if incoming.too_large else service.handler
        try:
            answer = handler(request)
            begun = answer if isinstance(answer, Response) else begin(service.loop, answer)
        except Exception as error:  # noqa: BLE001 - the connection of a client outlives a failure of ours
            self._fail(incoming, error)
            return
        if isinstance(begun, Response):
            self._answer(incoming, begun)
        else:
            self._task = service.go_on(begun, partial(self._ended_with, incoming))

    def _ended_with(self, incoming: Incoming, outcome: Response | BaseException) -> None:
        if isinstance(outcome, Response):
            self._answer(incoming, outcome)
        elif isinstance(outcome, Exception):
            self._fail(incoming, outcome)
        else:  # cancelled by whoever gives the request up: nobody waits for a reply
            self._transport.abort()
            self._done(incoming)

    def _fail(self, incoming: Incoming, error: Exception) -> None:
        self._service.failed(error)
        assert incoming.head is not None
        incoming.keep_alive = False
        self._answer(incoming, self._service.refuse(incoming.head, 500))

    def _answer(self, incoming: Incoming, response: Response) -> None:
        if not self._lost:
            keep = incoming.keep_alive and self._service.limits.keep_alive
            last = not keep or (self._last and not self._queue)
            connection = b"close" if last else b"keep-alive" if incoming.is_old else b""
            self._out.append(self._heads.make(response, connection))
            if response.parts and incoming.head is not None and incoming.head.method != b"HEAD":
                self._out += (bytes(part) for part in response.parts)
            if last:
                self._end(whole=incoming.whole)
        self._done(incoming)

    def _done(self, incoming: Incoming) -> None:
        """`incoming` has been handled; go on with the next."""
        self._busy = self._task = None
        incoming.answered = True
        incoming.parts = []
        self._service.budget.done(incoming.accounted)
        incoming.accounted = incoming.held
        self._watch.note()
        if not self._turning and not self._lost:
            self._turn()

    # -- refusing -----------------------------------------------------------------------------------

    def _mind_room(self, incoming: Incoming) -> None:
        """When there is room for no more, and nobody will make some, a request that is not whole must go."""
        if not (incoming.answered or self._ended or self._can_wait()):
            self._refuse(UnacceptableError(503, "the server has too much to do"))
            self._turn()

    def _refuse(self, error: BaseException | None) -> None:
        """Nothing that follows can be understood: answer what came before, say so, and close."""
        reader, self._last = self._reader, True
        incoming, reader.incoming = reader.incoming, None
        if incoming is None:
            if reader.is_last:  # what follows a request that closes the connection is nobody's
                return
        elif incoming is self._busy or incoming.answered:  # has its reply, too early to be the last
            incoming.keep_alive = False
            if incoming.answered:
                self._end(whole=False)
            return
        elif incoming.queued:
            self._queue.remove(incoming)
            self._service.budget.free(incoming.accounted)
        self._refusal = error if isinstance(error, UnacceptableError) else UnacceptableError(400, str(error))

    def _send_refusal(self, refusal: UnacceptableError) -> None:
        body = f"{refusal}\n".encode()
        self._out += (self._heads.make(Response(refusal.status, _TEXT, (body,)), b"close"), body)
        self._end(whole=False)

    # -- writing and reading ------------------------------------------------------------------------

    def _flush(self) -> None:
        out, self._out = self._out, []
        if not out or self._lost:
            return
        if len(out) > 1 and sum(map(len, out)) > _JOINED:
            write_pieces(self._transport, out)
        else:
            self._transport.write(out[0] if len(out) == 1 else b"".join(out))

    def _end(self, *, whole: bool) -> None:
        """Close after what was written. Who still sends must be read from, or would lose the reply."""
        self._flush()
        if self._ended:
            return
        if whole or self._secure or not self._transport.can_write_eof():
            self._transport.close()
            return
        self._watch.linger()
        self._transport.write_eof()
        if self._paused:
            self._paused = False
            self._transport.resume_reading()

    def _can_wait(self) -> bool:
        """Whether there will be room for more, so that reading may pause until then."""
        if self._has_room and self._service.budget.wait(self):
            self._has_room = False
        return not self._has_room

    def _control_reading(self) -> None:
        if self._ended:
            return
        if self._has_room and self._service.budget.is_full:
            self._can_wait()
        behind = self._busy is not None and bool(self._queue)
        pause = behind or not self._can_write or not self._has_room
        if pause != self._paused:
            self._paused = pause
            if pause:
                self._transport.pause_reading()
            else:
                self._transport.resume_reading()
