"""The collector's own log: one line per record, for people or for machines."""

import logging
import sys
from pathlib import Path

from penstock_api import StartError
from penstock_collector.config.telemetry import LogsTelemetry
from penstock_engine import JsonLines, TextLines

__all__ = ("configure_logs",)

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warn": logging.WARNING, "error": logging.ERROR}


def configure_logs(config: LogsTelemetry) -> logging.Logger:
    """Make the logger `penstock` write as `config` says, and libraries from warnings on; returns the logger.

    Raises `StartError` when a file cannot be opened; then all is as it was.
    """
    handlers = _handlers(config.output_paths)
    formatter = (JsonLines if config.encoding == "json" else TextLines)(config.initial_fields)
    root, ours = logging.getLogger(), logging.getLogger("penstock")
    for old in tuple(root.handlers):
        root.removeHandler(old)
        old.close()
    for handler in handlers:
        handler.setFormatter(formatter)
        root.addHandler(handler)
    level = _LEVELS.get(config.level, logging.CRITICAL)
    root.setLevel(max(level, logging.WARNING))
    ours.setLevel(level)
    return ours


def _handlers(paths: tuple[str, ...]) -> list[logging.Handler]:
    handlers: list[logging.Handler] = []
    for path in paths:
        try:
            handlers.append(_handler(path))
        except OSError as error:
            for opened in handlers:
                opened.close()
            raise StartError(f"cannot open `output_paths` of the log: {path}: {error.strerror}") from error
    return handlers


def _handler(path: str) -> logging.Handler:
    if path in ("stderr", "stdout"):
        return logging.StreamHandler(getattr(sys, path))
    return logging.FileHandler(Path(path), encoding="utf-8")
