"""One payload to several consumers, copied only for those that change it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from penstock_api import ConsumeError, PartialError, PermanentError, RetryableError
from penstock_engine.payload import Consumer, Payload

__all__ = ("Output", "fan_out")

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
    return Output(_FanOut(readers, writers), mutates=bool(writers) and not readers)


class _FanOut(Generic[P]):
    """Offers every payload to every consumer, even when an earlier one refused it."""

    def __init__(self, readers: Sequence[Consumer[P]], writers: Sequence[Consumer[P]]) -> None:
        self._readers = tuple(readers)
        self._copied = tuple(writers if readers else writers[:-1])
        self._taker = None if readers else writers[-1]

    async def consume(self, payload: P, /) -> None:
        errors: list[Exception] = []
        for writer in self._copied:
            await _offer(writer, payload.copy(), errors)
        if self._taker is not None:
            await _offer(self._taker, payload, errors)
        elif self._readers:
            payload.share()
            for reader in self._readers:
                await _offer(reader, payload, errors)
        if errors:
            raise _joined(errors)


async def _offer(consumer: Consumer[P], payload: P, errors: list[Exception]) -> None:
    try:
        await consumer.consume(payload)
    except Exception as error:  # noqa: BLE001 - not even a bug in one keeps the others from theirs
        errors.append(error)


def _joined(errors: list[Exception]) -> Exception:
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
