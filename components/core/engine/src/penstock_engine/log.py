"""Log records that carry fields, and lines that show them."""

import json
import logging
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any, Final  # Any: what a log record may hold

__all__ = ("FieldLog", "JsonLines", "TextLines")

_NAMES: Final = {logging.WARNING: "warn"}


class FieldLog(logging.LoggerAdapter[logging.Logger]):
    """Puts its own fields and the call's `extra` into one attribute of the record, `fields`.

    The standard adapter would replace the call's, and a field named like an attribute of `LogRecord` is an
    error there.
    """

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        """Called by `logging` for every record."""
        kwargs["extra"] = {"fields": {**(self.extra or {}), **(kwargs.get("extra") or {})}}
        return msg, kwargs


class TextLines(logging.Formatter):
    """One line per record, tab-separated: time, level, event, fields as JSON."""

    def __init__(self, initial: Mapping[str, object] | None = None) -> None:
        """`initial` are fields that every record carries."""
        super().__init__()
        self._initial = dict(initial or {})

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        fields = self._fields(record)
        line = f"{_moment(record)}\t{_level(record)}\t{record.getMessage()}"
        return f"{line}\t{_dump(fields)}" if fields else line

    def _fields(self, record: logging.LogRecord) -> dict[str, object]:
        fields = {**self._initial, **getattr(record, "fields", {})}
        if record.exc_info:
            fields["error"] = self.formatException(record.exc_info)
        return fields


class JsonLines(TextLines):
    """One line per record, a JSON object: `level`, `ts`, `msg` and the fields."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        head = {"level": _level(record), "ts": _moment(record), "msg": record.getMessage()}
        return _dump({**head, **self._fields(record)})


def _moment(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _level(record: logging.LogRecord) -> str:
    return _NAMES.get(record.levelno, record.levelname.lower())


def _dump(fields: Mapping[str, object]) -> str:
    return json.dumps(fields, ensure_ascii=False, default=str)
