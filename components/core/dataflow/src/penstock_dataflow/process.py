"""Runs one dataflow as a process: log lines, signals, exit codes."""

import asyncio
import logging
from typing import Final

from penstock_api import BuildInfo, Components, Deadline, StartError
from penstock_dataflow.config import DataflowConfig
from penstock_dataflow.dataflow import Dataflow
from penstock_engine import FieldLog, LoopClock, TextLines, first, loop_factory, stop_on_signals
from penstock_engine.extensions import LagMonitor
from penstock_engine.memory import Memory
from penstock_engine.metrics import Registry, observe_process

__all__ = ("SHUTDOWN_SECONDS", "run")

SHUTDOWN_SECONDS: Final = 30.0
"""How long a stop may take until what is left is counted as dropped."""

_LOG: Final = FieldLog(logging.getLogger("penstock.dataflow"), {})


def run(config: DataflowConfig, components: Components, build: BuildInfo) -> int:
    """Run until a signal, or until it cannot go on; 0 after a clean stop, 1 after a failure.

    Raises `ConfigError` when a node's type or config is wrong, `StartError` when one cannot be created.
    """
    _configure_logs()
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        return runner.run(_main(config, components, build))


async def _main(config: DataflowConfig, components: Components, build: BuildInfo) -> int:
    stop = stop_on_signals(_LOG)
    clock, registry = LoopClock(), Registry()
    memory = Memory(clock)
    memory.tune()
    observe_process(registry)
    monitor = LagMonitor(_LOG)
    flow = Dataflow.build(
        config,
        components,
        build=build,
        clock=clock,
        meter=registry,
        log=_LOG.logger,
        metrics=registry.series,
        monitor=monitor,
    )
    monitor.start()
    clean = True
    try:
        await first(flow.start(), stop.wait())
        if not stop.is_set():
            memory.settle()
            _LOG.info("Everything is ready. Begin running and processing data.")
        await first(stop.wait(), flow.failed.wait())
    except StartError as error:
        clean = False
        _LOG.error("cannot start", extra={"error": str(error)})
    if flow.failed.is_set():
        clean = False
        _LOG.error("stopping after a failure", extra={"error": flow.error})
    _LOG.info("Starting shutdown...")
    memory.stop()
    problems = await flow.stop(Deadline.after(clock, SHUTDOWN_SECONDS))
    monitor.stop()
    for problem in problems:
        _LOG.error("shutdown problem", extra={"error": problem})
    _LOG.info("Shutdown complete.")
    return 0 if clean and not problems else 1


def _configure_logs() -> None:
    """Our records from info on, those of libraries from warnings on, one line each to stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(TextLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("penstock").setLevel(logging.INFO)
