"""One payload to several consumers, copied only for those that change it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from penstock_api import ConsumeError, PartialError, PermanentError, RetryableError
from penstock_engine.channel import Channel
from penstock_engine.payload import Consumer, Payload

__all__ = ("Output", "fan_out", "joined")

P = TypeVar("P", bound=Payload)


@dataclass(frozen=True, slots=True)
class Output(Generic[P]):
    """A consumer, and whether it or what is behind it changes what it is given."""

    consumer: Consumer[P]
    mutates: bool


def fan_out(outputs: Sequence[Output[P]]) -> Output[P]:
    """One output for all of `outputs`, of which there is at least one.

    A single one is returned as it is. Of several, readers share one payload marked as shared; each that
    mutates gets a private copy, but the last one takes the original when there are no readers.
    """
    if len(outputs) == 1:
        return outputs[0]
    readers = [output.consumer for output in outputs if not output.mutates]
    writers = [output.consumer for output in outputs if output.mutates]
    has_channels = any(isinstance(output.consumer, Channel) for output in outputs)
    made = (_SideBySide if has_channels else _InTurn)(readers, writers)
    return Output(made, mutates=bool(writers) and not readers)


class _InTurn(Generic[P]):
    """Offers every payload to every consumer, even when an earlier one refused it."""

    def __init__(self, readers: Sequence[Consumer[P]], writers: Sequence[Consumer[P]]) -> None:
        self._readers = tuple(reader.consume for reader in readers)
        self._copied = tuple(writer.consume for writer in (writers if readers else writers[:-1]))
        self._taker = None if readers else writers[-1].consume

    async def consume(self, payload: P, /) -> None:
        errors: list[Exception] = []
        for writer in self._copied:
            await _settled(writer(payload.copy()), errors)
        if self._taker is not None:
            await _settled(self._taker(payload), errors)
        elif self._readers:
            payload.share()
            for reader in self._readers:
                await _settled(reader(payload), errors)
        if errors:
            raise joined(errors)


class _SideBySide(Generic[P]):
    """The same for consumers some of which are channels.

    Channels are offered it all at once and work side by side; other consumers have their turns meanwhile.
    """

    def __init__(self, readers: Sequence[Consumer[P]], writers: Sequence[Consumer[P]]) -> None:
        copied = writers if readers else writers[:-1]
        self._begin_copied, self._call_copied = _split(copied)
        self._begin_shared, self._call_shared = _split(readers or writers[-1:])
        self._shares = bool(readers)
        self._channels = tuple(one for one in (*readers, *writers) if isinstance(one, Channel))

    async def consume(self, payload: P, /) -> None:
        errors: list[Exception] = []
        copies = [payload.copy() for _ in self._call_copied]
        begun = [begin(payload.copy()) for begin in self._begin_copied]
        if self._shares:
            payload.share()
        begun += [begin(payload) for begin in self._begin_shared]
        try:
            for call, copy in zip(self._call_copied, copies, strict=True):
                await _settled(call(copy), errors)
            for call in self._call_shared:
                await _settled(call(payload), errors)
            for outcome in begun:
                await _settled(outcome, errors)
        except BaseException:
            self._give_up(begun)
            raise
        if errors:
            raise joined(errors)

    def _give_up(self, begun: "list[asyncio.Future[None]]") -> None:
        for outcome in begun:
            if not outcome.cancel() and not outcome.cancelled():
                outcome.exception()  # nobody waits for it any more
        for channel in self._channels:
            channel.retract()


def _split(
    consumers: Sequence[Consumer[P]],
) -> "tuple[tuple[Callable[[P], asyncio.Future[None]], ...], tuple[Callable[[P], Awaitable[None]], ...]]":
    """How to begin with those that are channels, and how to call the others."""
    return (
        tuple(one.submit for one in consumers if isinstance(one, Channel)),
        tuple(one.consume for one in consumers if not isinstance(one, Channel)),
    )


async def _settled(work: Awaitable[None], errors: list[Exception]) -> None:
    try:
        await work
    except Exception as error:  # noqa: BLE001 - not even a bug in one keeps the others from theirs
        errors.append(error)


def joined(errors: list[Exception]) -> Exception:
    """One error for all: permanent if a part is, since offering again cannot help that part."""
    if len(errors) == 1:
        return errors[0]
    text = "; ".join(str(error) or type(error).__name__ for error in errors)
    if any(isinstance(error, PermanentError) or not isinstance(error, ConsumeError) for error in errors):
        return PermanentError(text)
    rejected = [error.rejected for error in errors if isinstance(error, PartialError)]
    if len(rejected) == len(errors):
        return PartialError(text, rejected=max(rejected))
    delays = [
        error.after for error in errors if isinstance(error, RetryableError) and error.after is not None
    ]
    return RetryableError(text, after=max(delays, default=None))
