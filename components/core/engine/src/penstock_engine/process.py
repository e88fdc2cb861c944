"""What both front ends need to be a process: an event loop, and the signals that end it."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable

__all__ = ("loop_factory", "stop_on_signals")


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Uvloop where it is installed; the standard loop elsewhere."""
    try:
        import uvloop  # noqa: PLC0415 - optional
    except ImportError:
        return None
    return uvloop.new_event_loop


def stop_on_signals(log: "logging.LoggerAdapter[logging.Logger]") -> asyncio.Event:
    """An event for the first SIGINT or SIGTERM to the running loop; the second ends the process at once."""
    stop = asyncio.Event()

    def on_signal() -> None:
        if stop.is_set():
            log.warning("second signal: exiting without waiting")
            os._exit(1)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, on_signal)
    return stop
