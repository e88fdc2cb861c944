"""Values made of files, kept as new as the files are: tokens, passwords, data sets."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Generic, TypeAlias, TypeVar

from penstock_api.capability.watch import Publisher
from penstock_api.errors import PenstockError, StartError
from penstock_api.extension import Control, Reconfigure, Stop
from penstock_api.settings import Settings
from penstock_api.status import Status

__all__ = ("READY_SECONDS", "FileReloader", "read_text")

READY_SECONDS: Final = 60.0
"""How long the first reading of small files may take, for an extension's `readiness`."""

T = TypeVar("T")

_Stamp: TypeAlias = tuple[tuple[int, int, int] | None, ...]


def read_text(path: str) -> str:
    """The text of a small file, without spaces and line ends around it.

    Raises `StartError` when it cannot be read, or holds nothing.
    """
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise StartError(f"cannot read the file: {why}: {path}") from error
    if not text:
        raise StartError(f"the file is empty: {path}")
    return text


class FileReloader(Generic[T]):
    """The lifecycle of an extension that reads files: ready once they are read, it follows their changes.

    `load` runs in a thread. The first failure fails the extension; a later one is told, and the value stays.
    """

    def __init__(
        self,
        settings: Settings,
        paths: Sequence[str],
        load: Callable[[], T],
        publisher: Publisher[T],
        *,
        interval: float,
    ) -> None:
        """`interval` is in seconds: how often to look whether one of `paths` has changed."""
        self._settings = settings
        self._paths = tuple(paths)
        self._load = load
        self._publisher = publisher
        self._interval = interval

    async def run(self, control: Control) -> None:
        """Read, and read again when a file has changed, until `Stop`. Raises what the first `load` raises."""
        seen = await asyncio.to_thread(self._stamp)
        self._publisher.publish(await asyncio.to_thread(self._load))
        control.ready()
        while not isinstance(message := await control.wait(self._interval), Stop):
            if isinstance(message, Reconfigure):
                message.refuse("it is read when the extension is made")
            found = await asyncio.to_thread(self._stamp)
            if found != seen and await self._loaded():
                seen = found
        self._publisher.close()

    async def _loaded(self) -> bool:
        """Whether the files could be read; if not, they are tried again at the next look."""
        try:
            value = await asyncio.to_thread(self._load)
        except PenstockError as error:
            self._settings.report(Status.RECOVERABLE_ERROR, str(error))
            self._settings.log.warning("cannot read it again, the old one stays", extra={"error": str(error)})
            return False
        self._publisher.publish(value)
        self._settings.report(Status.OK)
        self._settings.log.info("read again after a change", extra={"files": ", ".join(self._paths)})
        return True

    def _stamp(self) -> _Stamp:
        return tuple(map(_stamp_of, self._paths))


def _stamp_of(path: str) -> tuple[int, int, int] | None:
    """What differs when a file was written or replaced."""
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
