"""Records of a worker go to the engine, whose log they belong into."""

import asyncio
import copy
import logging
import pickle
from collections.abc import Callable
from typing import Final

from penstock_dataflow.workers.messages import Logged

__all__ = ("Forwarding", "forward", "take")

_MOST_BYTES: Final = 1 << 20
"""Of messages that the engine has not taken yet; beyond it records are dropped and counted."""

_WORKER_FIELD: Final = "dataflow.worker"


class Forwarding(logging.Handler):
    """Sends every record; from any thread."""

    def __init__(
        self, send: Callable[[Logged], None], waiting: Callable[[], int], loop: asyncio.AbstractEventLoop
    ) -> None:
        super().__init__()
        self._send = send
        self._waiting = waiting
        self._loop = loop
        self._lost = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Have the loop send `record`."""
        plain = _portable(record)
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._forward, plain)

    def _forward(self, record: logging.LogRecord) -> None:
        if self._waiting() > _MOST_BYTES:
            self._lost += 1
            return
        self._send(Logged(record, self._lost))
        self._lost = 0


def forward(handler: Forwarding, level: int) -> None:
    """Make `handler` the only one of this process."""
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("penstock").setLevel(level)


def take(message: Logged, worker: str) -> None:
    """Write a worker's record into this process's log."""
    setattr(message.record, _WORKER_FIELD, worker)
    if message.lost:
        setattr(message.record, "dataflow.records_lost", message.lost)
    logging.getLogger(message.record.name).handle(message.record)


def _portable(record: logging.LogRecord) -> logging.LogRecord:
    """`record` with nothing in it that cannot travel."""
    plain = copy.copy(record)
    plain.msg, plain.args = record.getMessage(), None
    if record.exc_info:
        plain.exc_text = record.exc_text or logging.Formatter().formatException(record.exc_info)
        plain.exc_info = None
    try:
        pickle.dumps(plain)
    except Exception:  # noqa: BLE001 - whatever somebody put into a field
        plain.__dict__.update({key: repr(value) for key, value in vars(plain).items() if _is_odd(value)})
    return plain


def _is_odd(value: object) -> bool:
    return not isinstance(value, (str, int, float, type(None)))
