"""Runs one dataflow as a process: log lines, signals, exit codes."""

import asyncio
import json
import logging
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from penstock_api import BuildInfo, Components, Deadline, Meter, StartError
from penstock_dataflow.config import DataflowConfig
from penstock_dataflow.dataflow import Dataflow
from penstock_dataflow.quiet import QuietMeter
from penstock_engine import FieldLog, LoopClock, first

__all__ = ("SHUTDOWN_SECONDS", "run")

SHUTDOWN_SECONDS: Final = 30.0
"""How long a stop may take until what is left is counted as dropped."""

_LOG: Final = FieldLog(logging.getLogger("penstock.dataflow"), {})


def run(
    config: DataflowConfig, components: Components, build: BuildInfo, *, meter: Meter | None = None
) -> int:
    """Run until a signal, or until a node fails for good; 0 after a clean stop, 1 after a failure.

    Raises `ConfigError` when a node's type or config is wrong.
    """
    _configure_logs()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(_main(config, components, build, meter or QuietMeter()))


async def _main(config: DataflowConfig, components: Components, build: BuildInfo, meter: Meter) -> int:
    stop = _listen()
    clock = LoopClock()
    flow = Dataflow.build(config, components, build=build, clock=clock, meter=meter, log=_LOG.logger)
    clean = True
    try:
        await flow.start()
        _LOG.info("Everything is ready. Begin running and processing data.")
        await first(stop.wait(), flow.failed.wait())
    except StartError as error:
        clean = False
        _LOG.error("cannot start", extra={"error": str(error)})
    if flow.failed.is_set():
        clean = False
        _LOG.error("stopping after a failure", extra={"error": flow.error})
    _LOG.info("Starting shutdown...")
    problems = await flow.stop(Deadline.after(clock, SHUTDOWN_SECONDS))
    for problem in problems:
        _LOG.error("shutdown problem", extra={"error": problem})
    _LOG.info("Shutdown complete.")
    return 0 if clean and not problems else 1


def _listen() -> asyncio.Event:
    """An event for the first SIGINT or SIGTERM; the second ends the process at once."""
    stop = asyncio.Event()

    def on_signal() -> None:
        if stop.is_set():
            _LOG.warning("second signal: exiting without waiting")
            os._exit(1)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, on_signal)
    return stop


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Uvloop where it is installed; the standard loop elsewhere."""
    try:
        import uvloop  # noqa: PLC0415 - optional
    except ImportError:
        return None
    return uvloop.new_event_loop


def _configure_logs() -> None:
    """Our records from info on, those of libraries from warnings on, one line each to stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Lines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("penstock").setLevel(logging.INFO)


class _Lines(logging.Formatter):
    """Tab-separated: time, level, event, fields as JSON."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = f"{moment.removesuffix('+00:00')}Z\t{record.levelname.lower()}\t{record.getMessage()}"
        fields = dict(getattr(record, "fields", {}))
        if record.exc_info:
            fields["error"] = self.formatException(record.exc_info)
        return f"{line}\t{json.dumps(fields, ensure_ascii=False, default=str)}" if fields else line
