"""The exporter: one for all signals of a component id, writing in the order in which batches come."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from penstock_api import (
    AnyBatch,
    Deadline,
    MalformedError,
    PartialError,
    PermanentError,
    RetryableError,
    Settings,
    StartError,
    Status,
)
from penstock_exporter_file.config import FileConfig
from penstock_exporter_file.output import OutputFile, Place
from penstock_exporter_file.records import encoder
from penstock_exporter_file.targets import GroupedTarget, SingleTarget, Target

__all__ = ("FileExporter",)

T = TypeVar("T")
# A hand-over to a thread costs about 70 us; up to these sizes encoding and writing cost 2 ms at most.
_INLINE_JSON: Final = 16 * 1024
_INLINE: Final = 256 * 1024


class FileExporter:
    """Writes batches of any signal. `consume` returns once the operating system has the record."""

    def __init__(self, settings: Settings, config: FileConfig) -> None:
        self._settings = settings
        self._interval = config.flush_interval
        self._inline = _INLINE_JSON if config.format == "json" else _INLINE
        if config.group_by.enabled:
            self._inline = -1  # decodes, and may open files
        self._encode = encoder(config)
        place = Place(config, settings.clock, settings.log)
        self._target: Target = GroupedTarget(place) if config.group_by.enabled else SingleTarget(place)
        self._path = config.path
        self._order = asyncio.Lock()
        self._guard = threading.Lock()  # a cancelled `consume` leaves its thread writing
        self._threads: ThreadPoolExecutor | None = None
        self._syncing: asyncio.Task[None] | None = None
        self._running = self._failing = False

    async def start(self) -> None:
        """Open the file. Raises `StartError`."""
        try:
            self._target.open()
        except OSError as error:
            missing = isinstance(error, FileNotFoundError)
            hint = "\n  hint: `create_directory: true` makes the directory" if missing else ""
            raise StartError(f"cannot open {self._path}: {error.strerror}{hint}") from error
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix=f"file {self._path}")
        self._running = True
        if self._interval:
            self._syncing = self._settings.tasks.spawn(self._sync_regularly(), name="sync files")

    async def consume(self, batch: AnyBatch, /) -> None:
        """Write `batch`. Raises `RetryableError` when the disk does not take it."""
        if not len(batch):
            return
        async with self._order:
            if not self._running:
                raise RetryableError("the file exporter is not running")
            try:
                if batch.size <= self._inline and not self._rotates_for(batch):
                    self._write(batch)
                else:
                    await self._in_thread(self._write, batch)
            except OSError as error:
                raise self._failed(error) from error
            self._succeeded()

    async def shutdown(self, deadline: Deadline) -> None:
        """Have all reach the disk, by `deadline`, and close the files."""
        if self._syncing is not None:
            self._syncing.cancel()
            await asyncio.wait((self._syncing,))
        async with self._order:
            if not self._running or self._threads is None:
                return
            self._running = False
            closing = asyncio.get_running_loop().run_in_executor(self._threads, self._close)
            done, _ = await asyncio.wait((closing,), timeout=deadline.remaining())
            self._threads.shutdown(wait=bool(done))
            if not done:
                self._settings.log.warning("Files were not closed in time", extra={"path": self._path})

    # -- writing ------------------------------------------------------------------------------------

    def _rotates_for(self, batch: AnyBatch) -> bool:
        return any(file.rotates_for(batch.size) for file in self._target.files)

    def _write(self, batch: AnyBatch) -> None:
        with self._guard:
            try:
                rejected = self._put(batch)
            except MalformedError as error:
                readable, broken = batch.readable()
                if not len(readable):
                    raise
                rejected = [(error, broken), *self._put(readable)]
        if rejected:
            raise PartialError(str(rejected[0][0]), rejected=sum(items for _, items in rejected))

    def _put(self, batch: AnyBatch) -> list[tuple[PermanentError, int]]:
        """Write all of `batch` but what it returns. On `MalformedError` nothing was written."""
        rejected: list[tuple[PermanentError, int]] = []
        for path, part in self._target.parts(batch):
            try:
                file = self._target.file(path)
            except PermanentError as error:
                rejected.append((error, len(part)))
            else:
                file.write(self._encode(part))
        return rejected

    async def _in_thread(self, work: Callable[[T], None], argument: T) -> None:
        assert self._threads is not None
        await asyncio.get_running_loop().run_in_executor(self._threads, work, argument)

    def _failed(self, error: OSError) -> RetryableError:
        problem = f"cannot write to {self._path}: {error.strerror}"
        if not self._failing:
            self._failing = True
            self._settings.log.warning("Cannot write: refusing data", extra={"error": problem})
            self._settings.report(Status.RECOVERABLE_ERROR, problem)
        return RetryableError(problem)

    def _succeeded(self) -> None:
        if self._failing:
            self._failing = False
            self._settings.log.info("Writing again: accepting data", extra={"path": self._path})
            self._settings.report(Status.OK)

    # -- in threads ---------------------------------------------------------------------------------

    async def _sync_regularly(self) -> None:
        while True:
            await self._settings.clock.sleep(self._interval)
            for file in self._target.files:
                await self._in_thread(self._sync, file)

    def _sync(self, file: OutputFile) -> None:
        try:
            file.sync()
        except OSError as error:
            self._warn("Written telemetry may not have reached the disk", file, error)

    def _close(self) -> None:
        with self._guard:
            for file in self._target.files:
                try:
                    file.close()
                except OSError as error:
                    self._warn("Cannot close a file", file, error)
            self._target.clear()

    def _warn(self, event: str, file: OutputFile, error: OSError) -> None:
        self._settings.log.warning(event, extra={"path": str(file.path), "error": error.strerror})
