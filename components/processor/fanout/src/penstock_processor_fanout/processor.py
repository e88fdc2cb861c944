"""The processor: a batch to every destination, at once or in turn."""

import asyncio
import contextlib
import functools
from collections.abc import Coroutine, Iterable

from penstock_api import AnyBatch, ConfigError, Deadline, Outputs, RetryableError, Settings, within
from penstock_processor_fanout.chain import Chain, Link
from penstock_processor_fanout.config import FanoutConfig
from penstock_processor_fanout.job import Job

__all__ = ("Fanout",)


class Fanout:
    """Gives each batch to every destination; a sender waits for those that are awaited."""

    def __init__(self, settings: Settings, config: FanoutConfig, outputs: Outputs) -> None:
        """Raises `ConfigError` when a destination is not connected."""
        self._settings = settings
        self._chains = _chains(settings, config, outputs)
        self._awaited = tuple(one for one in self._chains if _is_awaited(one, config))
        self._in_turn = config.mode == "sequential"
        self._slots = asyncio.Semaphore(config.max_inflight)
        self._running: set[asyncio.Task[None]] = set()
        self._closed = False

    async def consume(self, batch: AnyBatch, /) -> None:
        """Give `batch` to all. Raises what an awaited destination raised."""
        await self._slots.acquire()
        if self._closed:
            self._slots.release()
            raise RetryableError("the fanout processor has stopped")
        job = Job(batch, self._chains, self._awaited, self._slots.release)
        try:
            await self._serve(job)
            await job.answer()
        except asyncio.CancelledError:
            job.forget()
            raise

    def drain(self, deadline: Deadline) -> None:
        """A stop has begun: wait for no outcome beyond `deadline`."""
        for chain in self._chains:
            chain.drain(deadline)

    async def shutdown(self, deadline: Deadline) -> None:
        """Wait for what is on its way, by `deadline`; what is not known then counts as failed."""
        self._closed = True
        if self._running and deadline.remaining() > 0:
            with contextlib.suppress(TimeoutError):
                async with within(deadline.clock, deadline.remaining()):
                    await asyncio.wait(self._running)
        left = tuple(self._running)
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left)

    async def _serve(self, job: Job) -> None:
        """At once, one awaited destination is served by the sender itself, and each other one by a task."""
        if self._in_turn and len(self._awaited) == len(self._chains):
            await _each(job, self._chains)
            return
        if self._in_turn:
            self._spawn(job, self._chains)
            return
        own = self._awaited[:1]
        for chain in self._chains:
            if chain not in own:
                self._spawn(job, (chain,))
        await _each(job, own)

    def _spawn(self, job: Job, chains: tuple[Chain, ...]) -> None:
        work: Coroutine[object, object, None] = _each(job, chains)
        task = self._settings.tasks.spawn(work, name="fan out")
        self._running.add(task)
        task.add_done_callback(functools.partial(self._ended, job, chains))

    def _ended(self, job: Job, chains: tuple[Chain, ...], task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        job.abandon(chains)  # a task that is cancelled early has never looked at them


async def _each(job: Job, chains: Iterable[Chain]) -> None:
    for chain in chains:
        await job.run(chain)


def _chains(settings: Settings, config: FanoutConfig, outputs: Outputs) -> tuple[Chain, ...]:
    missing = [one.port for one in config.destinations if outputs.get(one.port) is None]
    if missing:
        what = f"destinations that are not connected: {', '.join(missing)}"
        raise ConfigError.single(what, path=("destinations",), hint="connect them, or remove their entries")
    chains = []
    for destinations in config.chains():
        connected = ((one, outputs.get(one.port)) for one in destinations)
        links = [Link(settings.clock, one, onward) for one, onward in connected if onward is not None]
        chains.append(Chain(settings, links))
    return tuple(chains)


def _is_awaited(chain: Chain, config: FanoutConfig) -> bool:
    return config.await_ack == "all" or (config.await_ack == "primary" and chain.port == config.primary())
