"""A worker: a process that runs one copy of one pipeline for the engine at the other end of a socket."""

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from typing import Final

from penstock_api import Deadline, PenstockError, StartError
from penstock_dataflow.controller.copies import CopyOrder
from penstock_dataflow.controller.errors import taken
from penstock_dataflow.controller.host import DataflowHost
from penstock_dataflow.pipeline import InlineCopy, MemoryPressure, Surroundings
from penstock_dataflow.workers.calls import Caller
from penstock_dataflow.workers.feeds import Feeds
from penstock_dataflow.workers.link import Link
from penstock_dataflow.workers.logs import Forwarding, forward
from penstock_dataflow.workers.messages import (
    Asked,
    Began,
    Begin,
    Broke,
    End,
    Ended,
    FromWorker,
    News,
    Push,
    Reconfigured,
    Reply,
    ToWorker,
)
from penstock_engine import FieldLog, LoopClock, TaskScope, first, loop_factory
from penstock_engine.extensions import ExtensionHost, HostKit
from penstock_engine.memory import Memory
from penstock_engine.metrics import GaugePool, MeterScope, Registry, observe_process
from penstock_engine.topics import TopicHub

__all__ = ("Worker", "main")

_NEWS_SECONDS: Final = 1.0
_MOST_BYTES: Final = 1 << 20
"""Of messages that the engine has not taken yet; beyond it news wait."""
_ORPHAN_SECONDS: Final = 30.0
"""How long a worker takes to deliver what it has accepted when its engine has gone."""

_Link = Link[FromWorker, ToWorker]


def main(descriptor: int) -> None:
    """Run until the engine says so, or has gone; then end the process."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the engine hears them and says what to do
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        sys.exit(runner.run(_run(socket.socket(fileno=descriptor))))


async def _run(end: socket.socket) -> int:
    link: _Link = await Link.over(end)
    messages = link.messages()
    begin = await anext(messages, None)
    if not isinstance(begin, Begin):
        return 1
    forward(Forwarding(link.send, lambda: link.waiting, asyncio.get_running_loop()), begin.log_level)
    worker = Worker(link, begin)
    reading = worker.tasks.spawn(worker.listen(messages), name="listen")
    code = await worker.run()
    await link.flush()
    reading.cancel()
    await worker.tasks.close()
    link.close()
    return code


class Worker:
    """The copy, and what connects it with the engine."""

    def __init__(self, link: _Link, begin: Begin) -> None:
        self._link = link
        self._begin = begin
        self._log = FieldLog(logging.getLogger("penstock.dataflow"), {})
        self.tasks = TaskScope("worker", self._broke, self._log)
        self._clock = LoopClock()
        self._memory = Memory(self._clock)
        self._caller = Caller(link.send, self._clock)
        self._feeds = Feeds(begin.offers, self._caller, self._clock, self.tasks)
        self._registry = Registry()
        self._copy: InlineCopy | None = None
        self._ending = asyncio.Event()
        self._seconds = _ORPHAN_SECONDS

    async def listen(self, messages: AsyncIterator[ToWorker]) -> None:
        """Do what the engine says; when it has gone, end."""
        async for message in messages:
            match message:
                case Push():
                    self._feeds.take(message)
                case Reply():
                    self._caller.answered(message)
                case Asked(order):
                    self.tasks.spawn(self._reconfigure(order), name="reconfigure")
                case End(seconds):
                    self._seconds = seconds
                    self._ending.set()
                case Begin():
                    """It came first, and comes once."""
        self._ending.set()

    async def run(self) -> int:
        """Build, start, wait for the end, stop."""
        self._memory.tune()
        try:
            self._copy = copy = self._build()
            await first(copy.start(), self._ending.wait())
        except PenstockError as error:
            held = taken(error)
            cause = (held.errno or 0) if held is not None else 0
            self._link.send(Began(str(error) or type(error).__name__, cause))
        else:
            self._link.send(self._news(self._copy))
            self._link.send(Began())
            self._memory.settle()
            news = self.tasks.spawn(self._tell(), name="tell")
            watch = self.tasks.spawn(self._watch(copy), name="watch")
            await self._ending.wait()
            news.cancel()
            watch.cancel()
            self._memory.stop()
        problems: tuple[str, ...] = ()
        if self._copy is not None:
            problems = await self._copy.stop(Deadline.after(self._clock, self._seconds))
            self._link.send(self._news(self._copy))
        self._link.send(Ended(problems))
        return 1 if problems else 0

    def _build(self) -> InlineCopy:
        order, gauges = self._begin.order, GaugePool(self._registry)
        if order.core is not None:
            _stay_on(order.core)
        observe_process(self._registry)
        host = DataflowHost(self._begin.components, order.config, self._registry.series)
        pressure = MemoryPressure.of(order.config, clock=self._clock, meter=self._registry, log=self._log)
        if pressure is not None:
            self.tasks.spawn(pressure.run(), name="measure memory")
        surroundings = Surroundings(
            components=self._begin.components,
            build=self._begin.build,
            clock=self._clock,
            log=self._log.logger,
            gauges=gauges,
            metrics=self._registry.series,
            topics=TopicHub(self._clock, self._registry, self._log.logger),
            host=host,
            watch=host.heard,
            resource=order.config.engine.telemetry.resource,
            pressure=pressure,
            reuse_port=True,
        )
        kit = HostKit(clock=self._clock, meter=MeterScope(gauges, scope="engine"), log=self._log)
        outer = ExtensionHost.build(self._feeds.specs(), kit)
        return InlineCopy(order, surroundings, outer)

    async def _tell(self) -> None:
        while True:
            await self._clock.sleep(_NEWS_SECONDS)
            assert self._copy is not None
            if self._link.waiting < _MOST_BYTES:  # one that does not listen hears the latest later
                self._link.send(self._news(self._copy))

    def _news(self, copy: InlineCopy) -> News:
        return News(copy.statuses(), copy.extensions(), tuple(self._registry.series()))

    async def _watch(self, copy: InlineCopy) -> None:
        await copy.failed.wait()
        self._link.send(self._news(copy))
        self._link.send(Broke(copy.error))

    async def _reconfigure(self, order: CopyOrder) -> None:
        assert self._copy is not None
        self._link.send(Reconfigured(await self._copy.reconfigure(order)))

    def _broke(self, error: BaseException) -> None:
        self._log.error("the worker broke", exc_info=error)
        self._link.send(Broke(f"{type(error).__name__}: {error}"))


def _stay_on(core: int) -> None:
    """Keep this process on one processor. Raises `StartError`, also where a system has no way to do it."""
    if not hasattr(os, "sched_setaffinity"):
        raise StartError(f"this system cannot keep a process on a processor: {core}")
    try:
        os.sched_setaffinity(0, {core})
    except OSError as error:
        raise StartError(f"cannot stay on processor {core}: {error.strerror}") from error
