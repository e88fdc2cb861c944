"""The end of a pipeline under test."""

import asyncio

from penstock_api import AnyBatch, ConsumeError, PartialError

__all__ = ("RecordingConsumer",)


class RecordingConsumer:
    """A consumer of any signal that collects what it accepts.

    `answers` are given to the first batches, in order: None accepts, an error is raised. `always` answers
    what comes after them. Of a batch answered with `PartialError` the accepted items count as such.
    """

    def __init__(self, *answers: ConsumeError | None, always: ConsumeError | None = None) -> None:
        self.batches: list[AnyBatch] = []
        self.offered: list[AnyBatch] = []
        self.items = 0
        self.refused = 0
        self._answers = list(answers)
        self._always = always
        self._open = asyncio.Event()
        self._open.set()
        self._changed = asyncio.Event()

    async def consume(self, batch: AnyBatch, /) -> None:
        """Accept `batch`, or raise what the script says."""
        self.offered.append(batch)
        self._changed.set()
        await self._open.wait()
        answer = self._answers.pop(0) if self._answers else self._always
        refused = _refused(batch, answer)
        self.refused += refused
        self.items += len(batch) - refused
        if answer is None or isinstance(answer, PartialError):
            self.batches.append(batch)
        self._changed.set()
        if answer is not None:
            raise answer

    def script(self, *answers: ConsumeError | None, always: ConsumeError | None = None) -> None:
        """Answer so from now on; what was left of the earlier script is forgotten."""
        self._answers, self._always = list(answers), always

    def hold(self) -> None:
        """Make `consume` wait until `release`: a backend that is too slow."""
        self._open.clear()

    def release(self) -> None:
        """Let waiting and later calls of `consume` answer."""
        self._open.set()

    async def received(self, items: int, *, within: float = 5.0) -> list[AnyBatch]:
        """Wait until `items` were accepted; the batches so far. Fails after `within` real seconds."""
        try:
            async with asyncio.timeout(within):
                while self.items < items:
                    await self._change()
        except TimeoutError:
            raise AssertionError(f"expected {items} items, received {self.items}") from None
        return self.batches

    async def tried(self, batches: int, *, within: float = 5.0) -> list[AnyBatch]:
        """Wait until `batches` were offered, accepted or not. Fails after `within` real seconds."""
        try:
            async with asyncio.timeout(within):
                while len(self.offered) < batches:
                    await self._change()
        except TimeoutError:
            raise AssertionError(f"expected {batches} offers, got {len(self.offered)}") from None
        return self.offered

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()


def _refused(batch: AnyBatch, answer: ConsumeError | None) -> int:
    if answer is None:
        return 0
    return answer.rejected if isinstance(answer, PartialError) else len(batch)
