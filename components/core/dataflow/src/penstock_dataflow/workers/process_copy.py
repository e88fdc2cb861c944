"""A copy of a pipeline in a process of its own: the engine's side."""

import asyncio
import signal
import socket
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from penstock_api import Deadline, Series, StartError, StatusEvent
from penstock_api.yaml import Document
from penstock_dataflow.controller.backends import OuterHosts
from penstock_dataflow.controller.copies import Copy, CopyOrder, MakeCopy
from penstock_dataflow.pipeline import Surroundings
from penstock_dataflow.workers.link import Link
from penstock_dataflow.workers.logs import take
from penstock_dataflow.workers.messages import (
    Asked,
    Began,
    Begin,
    Broke,
    Call,
    End,
    Ended,
    FromWorker,
    Logged,
    News,
    Reconfigured,
    ToWorker,
)
from penstock_dataflow.workers.outer import OuterHandles, bound_outside
from penstock_engine import GRACE_SECONDS, FieldLog, TaskScope
from penstock_engine.extensions import ExtensionHost, ExtensionStatus, HostKit
from penstock_engine.metrics import MeterScope

__all__ = ("ProcessCopy", "process_backend")

_BOOT: Final = """import sys
sys.path[:] = {path!r}
from penstock_dataflow.workers.child import main
main({descriptor})
"""
_NOTHING: Final = News({}, (), ())


def process_backend(surroundings: Surroundings, outer: OuterHosts) -> MakeCopy:
    """A `penstock_dataflow.controller.MakeCopy` that gives each copy a process."""

    def make(order: CopyOrder, /) -> Copy:
        return ProcessCopy(order, surroundings, outer.of(order.pipeline.group))

    return make


class ProcessCopy:
    """A `penstock_dataflow.controller.Copy` whose nodes run in a worker.

    Extensions around the pipeline stay here: the worker has proxies, which are fed from here.
    """

    def __init__(self, order: CopyOrder, surroundings: Surroundings, outer: ExtensionHost) -> None:
        """Claim what the pipeline binds outside of it. Raises `StartError`."""
        self.failed = asyncio.Event()
        self.error = ""
        self._order = order
        self._surroundings = surroundings
        self._name = f"{order.key}#{order.index}"
        self._log = FieldLog(surroundings.log, {"dataflow.pipeline": str(order.key)})
        self._tasks = TaskScope(f"worker {self._name}", self._broke, self._log)
        kit = HostKit(
            clock=surroundings.clock,
            meter=MeterScope(surroundings.gauges, pipeline=str(order.key)),
            log=self._log,
        )
        self._host = ExtensionHost.build([], kit, outer=outer)
        self._outer = OuterHandles(self._name, bound_outside(order, surroundings), self._host)
        self._host.seal()
        self._news = _NOTHING
        self._link: Link[ToWorker, FromWorker] | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._began: asyncio.Future[Began] = asyncio.get_running_loop().create_future()
        self._reconfigured: asyncio.Future[bool] | None = None
        self._ended: tuple[str, ...] | None = None
        self._stopping = False

    async def start(self) -> None:
        """Start the process, and return when all in it has started."""
        await self._host.start()
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = await _process(theirs.fileno())
            except OSError as problem:
                ours.close()
                what = f"cannot start a worker process for {self._name}: {problem.strerror}"
                raise StartError(what) from problem
        self._link = await Link.over(ours)
        self._tasks.spawn(self._listen(self._link, self._process), name="listen")
        self._link.send(
            Begin(
                order=_portable(self._order),
                components=self._surroundings.components,
                build=self._surroundings.build,
                offers=self._outer.offers(),
                log_level=self._surroundings.log.getEffectiveLevel(),
            )
        )
        self._outer.feed(self._link.send, self._surroundings.clock, self._tasks)
        began = await asyncio.shield(self._began)
        if began.error:
            raise StartError(began.error) from (OSError(began.cause, began.error) if began.cause else None)

    async def stop(self, deadline: Deadline) -> tuple[str, ...]:
        """Have the worker drain and end by `deadline`; kill it when it does not."""
        self._stopping = True
        process, link = self._process, self._link
        problems: tuple[str, ...] = ()
        if process is not None and link is not None:
            link.send(End(deadline.remaining()))
            problems = await self._wait(process, deadline)
            link.close()
        self._process = self._link = None
        await self._tasks.close()
        await self._host.stop()
        return problems

    def statuses(self) -> Mapping[str, StatusEvent]:
        """As the worker told last."""
        return self._news.statuses

    def extensions(self) -> tuple[ExtensionStatus, ...]:
        """As the worker told last."""
        return self._news.extensions

    def metrics(self) -> Iterable[Series]:
        """As the worker told last; `worker` tells the copies apart."""
        worker = {"worker": str(self._order.index)}
        return [replace(one, attributes={**one.attributes, **worker}) for one in self._news.series]

    async def reconfigure(self, order: CopyOrder) -> bool:
        """Have the worker take `order`; False when it does not."""
        if self._link is None or self.failed.is_set():
            return False
        self._reconfigured = asyncio.get_running_loop().create_future()
        self._link.send(Asked(_portable(order)))
        taken = await self._reconfigured
        self._order = order if taken else self._order
        return taken

    # -- what the worker says -----------------------------------------------------------------------

    async def _listen(self, link: Link[ToWorker, FromWorker], process: asyncio.subprocess.Process) -> None:
        async for message in link.messages():
            self._hear(link, message)
        code = await process.wait()
        if not self._began.done():
            self._began.set_result(Began(f"worker process of {self._name} {_how(code)} while it started"))
        elif self._ended is None and not self._stopping:
            self._fail(f"worker process of {self._name} {_how(code)}")
        if self._reconfigured is not None and not self._reconfigured.done():
            self._reconfigured.set_result(False)

    def _hear(self, link: Link[ToWorker, FromWorker], message: FromWorker) -> None:
        match message:
            case Began():
                if not self._began.done():
                    self._began.set_result(message)
            case Call():
                self._tasks.spawn(self._answer(link, message), name="answer")
            case News():
                self._note(message)
            case Reconfigured(taken):
                if self._reconfigured is not None and not self._reconfigured.done():
                    self._reconfigured.set_result(taken)
            case Broke(error):
                self._fail(error)
            case Logged():
                take(message, str(self._order.index))
            case Ended(problems):
                self._ended = problems

    async def _answer(self, link: Link[ToWorker, FromWorker], call: Call) -> None:
        link.send(await self._outer.answer(call))

    def _note(self, news: News) -> None:
        before, self._news = self._news.statuses, news
        for name, event in news.statuses.items():
            if before.get(name) != event:
                self._surroundings.watch(event)

    async def _wait(self, process: asyncio.subprocess.Process, deadline: Deadline) -> tuple[str, ...]:
        try:
            async with asyncio.timeout(deadline.remaining() + 2 * GRACE_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
            return (f"worker process of {self._name} was still running at the deadline, and was killed",)
        return self._ended or ()

    def _fail(self, error: str) -> None:
        if not self.failed.is_set():
            self.error = error
            self.failed.set()

    def _broke(self, error: BaseException) -> None:
        self._log.error("the engine's side of a worker broke", exc_info=error)
        self._fail(f"{type(error).__name__}: {error}")


async def _process(descriptor: int) -> asyncio.subprocess.Process:
    """A worker at the other end of `descriptor`. Raises `OSError`."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _BOOT.format(path=sys.path, descriptor=descriptor),
        pass_fds=(descriptor,),
        stdin=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )


def _portable(order: CopyOrder) -> CopyOrder:
    """`order` without what a worker does not need: where everything stood in the file."""
    document = Document(order.config.document.value)
    return replace(order, config=replace(order.config, document=document))


def _how(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    return f"was killed by {signal.Signals(-code).name}"
