"""Calls of a worker to extensions around its pipeline."""

import asyncio
import hashlib
import itertools
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, Final  # Any: arguments and results of capabilities

from penstock_api import Clock, within
from penstock_api.capability import Allow, CapabilityError, Decision
from penstock_dataflow.workers.messages import Call, Failure, Reply

__all__ = ("Caller", "Decisions")

_ANSWER_SECONDS: Final = 10.0
_ALLOWED_SECONDS: Final = 30.0
_DENIED_SECONDS: Final = 5.0
_REMEMBERED: Final = 1024


class Caller:
    """Calls of one worker that wait for their answers."""

    def __init__(self, send: Callable[[Call], None], clock: Clock) -> None:
        self._send = send
        self._clock = clock
        self._numbers = itertools.count()
        self._waiting: dict[int, asyncio.Future[Any]] = {}

    async def call(self, extension: str, capability: str, method: str, *arguments: Any) -> Any:
        """The result. Raises `CapabilityError`, also when there is no answer in time."""
        number = next(self._numbers)
        future = self._waiting[number] = asyncio.get_running_loop().create_future()
        self._send(Call(number, extension, capability, method, arguments))
        try:
            async with within(self._clock, _ANSWER_SECONDS):
                result = await future
        except TimeoutError:
            raise CapabilityError(extension, capability, "the engine does not answer") from None
        finally:
            del self._waiting[number]
        if isinstance(result, Failure):
            raise CapabilityError(extension, capability, result.why)
        return result

    def answered(self, reply: Reply) -> None:
        """Take an answer; one that nobody waits for any more is dropped."""
        future = self._waiting.get(reply.number)
        if future is not None and not future.done():
            future.set_result(reply.result)


class Decisions:
    """Decisions of an authorizer, remembered for a while by the digest of what was shown."""

    def __init__(self, ask: Callable[..., Awaitable[Decision]], clock: Clock) -> None:
        self._ask = ask
        self._clock = clock
        self._known: OrderedDict[bytes, tuple[Decision, float]] = OrderedDict()

    async def decide(self, *shown: str) -> Decision:
        """The decision; asked for only when none is remembered."""
        digest = hashlib.sha256("\0".join(shown).encode()).digest()
        decision, until = self._known.get(digest, (None, 0.0))
        if decision is not None and self._clock.now() < until:
            return decision
        decision = await self._ask(*shown)
        seconds = _ALLOWED_SECONDS if isinstance(decision, Allow) else _DENIED_SECONDS
        self._known[digest] = (decision, self._clock.now() + seconds)
        self._known.move_to_end(digest)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return decision
