"""Full files: how they are named, and which of them are kept."""

import datetime as dt
import logging
import re
from collections.abc import Iterator
from pathlib import Path

from penstock_api import Clock
from penstock_exporter_file.config import RotationConfig

__all__ = ("Backups", "Log")

_FORMAT = "%Y-%m-%dT%H-%M-%S"
_PATTERN = r"\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}\.\d{3}"
_MS = 1_000_000  # nanoseconds
_DAY = 86_400_000  # milliseconds
Log = logging.LoggerAdapter[logging.Logger]


class Backups:
    """The backups of one file: `data.json` becomes `data-2026-01-02T15-04-05.000.json`."""

    def __init__(self, path: Path, rotation: RotationConfig | None, clock: Clock, log: Log) -> None:
        self._path = path
        self._rotation = rotation or RotationConfig(max_backups=0)
        self._clock = clock
        self._log = log
        self._known = re.compile(f"{re.escape(path.stem)}-{_PATTERN}{re.escape(path.suffix)}")

    def new_path(self) -> Path:
        """A path that does not exist, named by the time now."""
        milliseconds = self._clock.wall_ns() // _MS
        while (path := self._path.with_name(self._name(milliseconds))).exists():
            milliseconds += 1
        return path

    def prune(self) -> None:
        """Delete the backups that are too many or too old. What cannot be deleted is logged and left."""
        try:
            for path in self._surplus():
                path.unlink()
        except OSError as error:
            self._log.warning(
                "Cannot delete an old file", extra={"path": error.filename, "error": error.strerror}
            )

    def _surplus(self) -> Iterator[Path]:
        keep, days = self._rotation.max_backups, self._rotation.max_days
        if not keep and not days:
            return
        oldest = self._name(self._clock.wall_ns() // _MS - days * _DAY) if days else ""
        names = (path.name for path in self._path.parent.iterdir())
        for number, name in enumerate(sorted(filter(self._known.fullmatch, names), reverse=True)):
            if (keep and number >= keep) or name < oldest:
                yield self._path.with_name(name)

    def _name(self, milliseconds: int) -> str:
        zone = None if self._rotation.localtime else dt.UTC
        seconds, rest = divmod(milliseconds, 1000)
        stamp = dt.datetime.fromtimestamp(seconds, zone).strftime(_FORMAT)
        return f"{self._path.stem}-{stamp}.{rest:03}{self._path.suffix}"
