"""The collector's own log: one line per record, for people or for machines."""

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from penstock_collector.config.telemetry import LogsTelemetry

__all__ = ("configure_logs",)

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warn": logging.WARNING, "error": logging.ERROR}
_NAMES = {logging.DEBUG: "debug", logging.INFO: "info", logging.WARNING: "warn", logging.ERROR: "error"}


def configure_logs(config: LogsTelemetry) -> logging.Logger:
    """Make the logger `penstock` write as `config` says, and libraries from warnings on; returns the logger.

    Raises `OSError` when a file cannot be opened.
    """
    handlers = [_handler(path) for path in config.output_paths]
    formatter = (_Json if config.encoding == "json" else _Console)(config.initial_fields)
    root, ours = logging.getLogger(), logging.getLogger("penstock")
    for old in tuple(root.handlers):
        root.removeHandler(old)
        old.close()
    for handler in handlers:
        handler.setFormatter(formatter)
        root.addHandler(handler)
    root.setLevel(logging.WARNING)
    ours.setLevel(_LEVELS.get(config.level, logging.CRITICAL))
    return ours


def _handler(path: str) -> logging.Handler:
    if path in ("stderr", "stdout"):
        return logging.StreamHandler(getattr(sys, path))
    return logging.FileHandler(Path(path), encoding="utf-8")


class _Formatter(logging.Formatter):
    """Gives each record's time, level, event and fields."""

    def __init__(self, initial: Mapping[str, object]) -> None:
        super().__init__()
        self._initial = dict(initial)

    def parts(self, record: logging.LogRecord) -> tuple[str, str, str, dict[str, object]]:
        moment = datetime.fromtimestamp(record.created, UTC)
        fields = {**self._initial, **getattr(record, "fields", {})}
        if record.exc_info:
            fields["error"] = self.formatException(record.exc_info)
        when = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
        return when, _NAMES.get(record.levelno, record.levelname.lower()), record.getMessage(), fields


class _Console(_Formatter):
    """Tab-separated: time, level, event, fields as JSON."""

    def format(self, record: logging.LogRecord) -> str:
        when, level, event, fields = self.parts(record)
        line = f"{when}\t{level}\t{event}"
        return f"{line}\t{_dump(fields)}" if fields else line


class _Json(_Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        when, level, event, fields = self.parts(record)
        return _dump({"level": level, "ts": when, "msg": event, **fields})


def _dump(fields: Mapping[str, object]) -> str:
    return json.dumps(fields, ensure_ascii=False, default=str)
