"""One batch on its way to all destinations."""

import asyncio
from collections.abc import Callable, Collection, Iterable

from penstock_api import AnyBatch, RetryableError
from penstock_processor_fanout.chain import Chain

__all__ = ("Job",)


class Job:
    """Collects the outcome of each destination; the sender gets those that are awaited."""

    __slots__ = ("_answer", "_awaited", "_errors", "_finish", "_left", "batch")

    def __init__(
        self,
        batch: AnyBatch,
        chains: Iterable[Chain],
        awaited: Collection[Chain],
        finish: Callable[[], None],
    ) -> None:
        """`finish` is called once, when every outcome is known."""
        self.batch = batch
        self._left = set(chains)
        self._awaited = set(awaited)
        self._finish = finish
        self._errors: list[Exception] = []
        self._answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if not self._awaited:
            self._answer.set_result(None)

    async def run(self, chain: Chain) -> None:
        """Deliver to one destination."""
        try:
            await chain.deliver(self.batch)
        except asyncio.CancelledError:
            self.abandon((chain,))
            raise
        except Exception as error:  # noqa: BLE001 - it is the sender's, or counted
            self._settle(chain, error)
        else:
            self._settle(chain, None)

    def abandon(self, chains: Iterable[Chain]) -> None:
        """The outcomes of `chains` that are not known yet never will be."""
        for chain in self._left.intersection(chains):
            self._settle(chain, RetryableError(f"stopped before the outcome of {chain.port} was known"))

    async def answer(self) -> None:
        """Wait until the awaited outcomes are known. Raises the worst of them."""
        await self._answer

    def forget(self) -> None:
        """The sender has gone; nobody asks for the answer."""
        if not self._answer.cancel() and not self._answer.cancelled():
            self._answer.exception()  # asyncio warns of one that nobody has looked at

    def _settle(self, chain: Chain, error: Exception | None) -> None:
        self._left.discard(chain)
        if chain in self._awaited:
            self._awaited.discard(chain)
            if error is not None:
                self._errors.append(error)
            if not self._awaited and not self._answer.done():
                self._reply()
        elif error is not None:
            chain.drop(len(self.batch), error)
        if not self._left:
            self._finish()

    def _reply(self) -> None:
        """One that is final comes first: offering the batch again cannot help it."""
        if not self._errors:
            self._answer.set_result(None)
            return
        final = (error for error in self._errors if not isinstance(error, RetryableError))
        self._answer.set_exception(next(final, self._errors[0]))
