"""Runs a collector as a process: signals, reload, exit codes."""

import asyncio
import gc
import logging
import os
import signal
from collections.abc import Callable
from typing import Final

from penstock_api import BuildInfo, Components, ConfigError, Deadline, FeatureGateView, StartError
from penstock_collector.allocator import tune_allocator
from penstock_collector.config import CollectorConfig
from penstock_collector.service import Service
from penstock_collector.telemetry.logs import configure_logs
from penstock_engine import FieldLog, LoopClock, first

__all__ = ("SHUTDOWN_SECONDS", "run")

SHUTDOWN_SECONDS: Final = 30.0
"""How long a stop may take until what is left is counted as dropped."""

_Load = Callable[[], CollectorConfig]


def run(
    load: _Load, build: BuildInfo, components: Components, gates: tuple[FeatureGateView, ...] = ()
) -> int:
    """Run until a signal or a fatal error; 0 after a clean stop, 1 after a failure.

    `load` reads the configuration, again on SIGHUP. Raises `ConfigError` when the first one is bad.
    """
    config = load()
    tune_allocator()
    process = _Process(load, build, components, gates)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(process.main(config))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Uvloop where it is installed; the standard loop elsewhere."""
    try:
        import uvloop  # noqa: PLC0415 - optional
    except ImportError:
        return None
    return uvloop.new_event_loop


class _Process:
    """What signals act on: the service that runs now, and what to do next."""

    def __init__(
        self, load: _Load, build: BuildInfo, components: Components, gates: tuple[FeatureGateView, ...]
    ) -> None:
        self._load = load
        self._build = build
        self._components = components
        self._gates = gates
        self._clock = LoopClock()
        self._log = FieldLog(logging.getLogger("penstock"), {})
        self._stop = asyncio.Event()
        self._reload = asyncio.Event()

    async def main(self, config: CollectorConfig) -> int:
        configure_logs(config.service.telemetry.logs)
        self._listen()
        service = await self._started(config)
        if service is None:
            return 1
        while True:
            await first(self._stop.wait(), self._reload.wait(), service.failed.wait())
            if self._stop.is_set() or service.failed.is_set():
                break
            self._reload.clear()
            config, service = await self._reloaded(config, service)
            if service is None:
                return 1
        failed = service.failed.is_set()
        clean = await self._stopped(service)
        return 0 if clean and not failed else 1

    async def _started(self, config: CollectorConfig) -> Service | None:
        """A running service, or None when it could not start; what had started is stopped again."""
        self._log.info("Starting", extra={"command": self._build.command, "version": self._build.version})
        service = Service(config, self._build, self._components, self._clock, self._gates)
        try:
            await service.start()
        except StartError as error:
            self._log.error("cannot start", extra={"error": str(error)})
            await self._stopped(service)
            return None
        gc.freeze()  # what start-up made lives as long as the process: the collector need not look at it
        self._log.info("Everything is ready. Begin running and processing data.")
        return service

    async def _stopped(self, service: Service) -> bool:
        """Stop by the deadline; True when nothing went wrong."""
        self._log.info("Starting shutdown...")
        problems = await service.stop(Deadline.after(self._clock, SHUTDOWN_SECONDS))
        for problem in problems:
            self._log.error("shutdown problem", extra={"error": problem})
        self._log.info("Shutdown complete.")
        return not problems

    async def _reloaded(
        self, old: CollectorConfig, service: Service
    ) -> tuple[CollectorConfig, Service | None]:
        """Take the new configuration; a bad one leaves the old service as it was.

        One that is good but cannot start (a port in use) brings the old one back.
        """
        self._log.info("Reloading the configuration")
        try:
            new = self._load()
        except ConfigError as error:
            self._log.error("the new configuration is not used", extra={"error": str(error)})
            return old, service
        await self._stopped(service)
        started = await self._started(new)
        if started is not None:
            configure_logs(new.service.telemetry.logs)
            return new, started
        self._log.warning("going back to the configuration before")
        return old, await self._started(old)

    def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._on_stop)
        if hasattr(signal, "SIGHUP"):
            loop.add_signal_handler(signal.SIGHUP, self._reload.set)

    def _on_stop(self) -> None:
        """The first signal drains; the second does not wait."""
        if self._stop.is_set():
            self._log.warning("second signal: exiting without waiting")
            os._exit(1)
        self._stop.set()
