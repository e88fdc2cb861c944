"""Runs a collector as a process: signals, reload, exit codes."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable
from typing import Final

from penstock_api import BuildInfo, Components, Deadline, FeatureGateView, PenstockError, StartError
from penstock_collector.config import CollectorConfig
from penstock_collector.graph import check_graph
from penstock_collector.service import Service
from penstock_collector.telemetry.logs import configure_logs
from penstock_engine import FieldLog, LoopClock, first, loop_factory, stop_on_signals
from penstock_engine.memory import Memory

__all__ = ("SHUTDOWN_SECONDS", "run")

SHUTDOWN_SECONDS: Final = 30.0
"""How long a stop may take until what is left is counted as dropped."""

_Load = Callable[[], CollectorConfig]


def run(
    load: _Load, build: BuildInfo, components: Components, gates: tuple[FeatureGateView, ...] = ()
) -> int:
    """Run until a signal or a fatal error; 0 after a clean stop, 1 after a failure.

    `load` reads the configuration, again on SIGHUP. Raises `ConfigError` when the first one is bad, and
    `StartError` when its log or a component cannot be made.
    """
    process = _Process(load, build, components, gates)
    if hasattr(signal, "SIGHUP"):  # also while the first configuration is read
        signal.signal(signal.SIGHUP, lambda *_: process.ask_for_reload())
    config = load()
    process.memory.tune()
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        return runner.run(process.main(config))


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
        self.memory = Memory(self._clock)
        self._stop = asyncio.Event()
        self._log = FieldLog(logging.getLogger("penstock"), {})
        self._reload = asyncio.Event()

    def ask_for_reload(self) -> None:
        """Read the configuration again as soon as the service runs."""
        self._reload.set()

    async def main(self, config: CollectorConfig) -> int:
        configure_logs(config.service.telemetry.logs)
        self._stop = stop_on_signals(self._log)
        if hasattr(signal, "SIGHUP"):
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self.ask_for_reload)
        service = self._made(config)
        running = await self._start(service)
        while running:
            await first(self._stop.wait(), self._reload.wait(), service.failed.wait())
            if self._stop.is_set() or service.failed.is_set():
                clean = await self._stopped(service)
                return 0 if clean and not service.failed.is_set() else 1
            self._reload.clear()
            config, service, running = await self._reloaded(config, service)
        return 1

    def _made(self, config: CollectorConfig) -> Service:
        """A service that has not begun to do anything. Raises `ConfigError` and `StartError`."""
        return Service(config, self._build, self._components, self._clock, self._gates)

    async def _start(self, service: Service) -> bool:
        """Start `service`; False when it cannot start, and then what had started is stopped again.

        A signal to stop ends the wait: then the service is as it got, to be stopped by the caller.
        """
        self._log.info("Starting", extra={"command": self._build.command, "version": self._build.version})
        try:
            if not self._stop.is_set():
                await first(service.start(), self._stop.wait())
        except StartError as error:
            self._log.error("cannot start", extra={"error": str(error)})
            await self._stopped(service)
            return False
        if service.ready:
            self.memory.settle()
            self._log.info("Everything is ready. Begin running and processing data.")
        return True

    async def _stopped(self, service: Service) -> bool:
        """Stop by the deadline; True when nothing went wrong."""
        self._log.info("Starting shutdown...")
        self.memory.stop()
        problems = await service.stop(Deadline.after(self._clock, SHUTDOWN_SECONDS))
        for problem in problems:
            self._log.error("shutdown problem", extra={"error": problem})
        self._log.info("Shutdown complete.")
        return not problems

    async def _reloaded(
        self, old: CollectorConfig, service: Service
    ) -> tuple[CollectorConfig, Service, bool]:
        """Take the new configuration; a bad one leaves the old service as it is, and running.

        One that is good but cannot start (a port in use) brings the old one back.
        """
        self._log.info("Reloading the configuration")
        try:
            new = await asyncio.to_thread(self._read)  # it may come over a slow network
            fresh = self._made(new)
            configure_logs(new.service.telemetry.logs)
        except PenstockError as error:
            self._log.error("the new configuration is not used", extra={"error": str(error)})
            return old, service, True
        except Exception:  # noqa: BLE001 - a defect of a provider or component: not those who run shall pay for it
            self._log.exception("the new configuration is not used")
            return old, service, True
        await self._stopped(service)
        if await self._start(fresh):
            return new, fresh, True
        self._log.warning("going back to the configuration before")
        with contextlib.suppress(StartError):  # then the log stays where the new configuration has it
            configure_logs(old.service.telemetry.logs)
        again = self._made(old)
        return old, again, await self._start(again)

    def _read(self) -> CollectorConfig:
        config = self._load()
        check_graph(config)
        return config
