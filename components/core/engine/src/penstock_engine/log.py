"""Log records carry their fields in one attribute, so that no field can clash with Python's own."""

import logging
from collections.abc import MutableMapping
from typing import Any  # Any: what a log record may hold

__all__ = ("FieldLog",)


class FieldLog(logging.LoggerAdapter[logging.Logger]):
    """Puts its own fields and the call's `extra` into one attribute of the record, `fields`.

    The standard adapter would replace the call's, and a field named like an attribute of `LogRecord` is an
    error there.
    """

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        """Called by `logging` for every record."""
        kwargs["extra"] = {"fields": {**(self.extra or {}), **(kwargs.get("extra") or {})}}
        return msg, kwargs
