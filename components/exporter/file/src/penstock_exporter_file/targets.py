"""Which file a batch goes to: always the same one, or one for each value of a resource attribute."""

import errno
import posixpath
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, Protocol  # Any: requests of three signals have no common type

from penstock_api import AnyBatch, PermanentError, Signal
from penstock_exporter_file.output import OutputFile, Place

__all__ = ("GroupedTarget", "SingleTarget", "Target")

_RESOURCES: Final = {
    Signal.TRACES: "resource_spans",
    Signal.METRICS: "resource_metrics",
    Signal.LOGS: "resource_logs",
}
_MISSING: Final = "MISSING"
_begun: Final[dict[Path, tuple[str, str]]] = {}
"""Files that this process began, by format and compression: what it acknowledged must outlive a reload."""
_BAD_NAME: Final = frozenset(
    (errno.ENAMETOOLONG, errno.EEXIST, errno.EISDIR, errno.ENOTDIR, errno.EINVAL, errno.EILSEQ)
)


class Target(Protocol):
    """Opens and chooses files. Its methods raise `OSError`."""

    @property
    def files(self) -> Iterable[OutputFile]:
        """All that are open."""
        ...

    def open(self) -> None:
        """Get ready."""

    def parts(self, batch: AnyBatch) -> Iterable[tuple[Path, AnyBatch]]:
        """What to write, by file."""
        ...

    def file(self, path: Path, /) -> OutputFile:
        """The file at `path`, open. Raises `PermanentError` when no file can be named so."""
        ...

    def clear(self) -> None:
        """Forget the files, which have been closed."""


class SingleTarget:
    """One file for everything."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._path = Path(place.config.path)
        self.files: tuple[OutputFile, ...] = ()

    def open(self) -> None:
        """Open the file."""
        config = self._place.config
        if config.create_directory:
            self._path.parent.mkdir(config.directory_mode, parents=True, exist_ok=True)
        whole, form = self._path.resolve(), (config.format, config.compression)
        keep = config.append or config.rotation is not None or _begun.get(whole) == form
        self.files = (OutputFile(self._path, self._place, keep=keep),)
        _begun[whole] = form

    def parts(self, batch: AnyBatch) -> Iterable[tuple[Path, AnyBatch]]:
        """The whole batch."""
        return ((self._path, batch),)

    def file(self, _path: Path, /) -> OutputFile:
        """The file."""
        return self.files[0]

    def clear(self) -> None:
        """Forget the file."""
        self.files = ()


class GroupedTarget:
    """A file for each value; those used last are kept open. What the files hold is always kept."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._group_by = place.config.group_by
        self._prefix, _, self._suffix = place.config.path.partition("*")
        self._open: OrderedDict[Path, OutputFile] = OrderedDict()

    @property
    def files(self) -> Iterable[OutputFile]:
        """All that are open."""
        return tuple(self._open.values())

    def open(self) -> None:
        """Nothing to do: files are opened when there is something for them."""

    def parts(self, batch: AnyBatch) -> Iterable[tuple[Path, AnyBatch]]:
        """One batch for each value. Raises `MalformedError`."""
        field = _RESOURCES[batch.signal]
        groups: dict[Path, Any] = {}  # Any: requests of three signals
        for resource in getattr(batch.message(), field):
            path = self._path(resource.resource.attributes)
            if path not in groups:
                groups[path] = type(batch.message())()
            getattr(groups[path], field).append(resource)
        return tuple((path, type(batch).from_message(request)) for path, request in groups.items())

    def file(self, path: Path, /) -> OutputFile:
        """The file at `path`, opened if need be; the one unused for longest may be closed for it."""
        if path in self._open:
            self._open.move_to_end(path)
            return self._open[path]
        while len(self._open) >= self._group_by.max_open_files:
            _, unused = self._open.popitem(last=False)
            unused.close()
        try:
            path.parent.mkdir(self._place.config.directory_mode, parents=True, exist_ok=True)
            self._open[path] = OutputFile(path, self._place, keep=True)
        except OSError as error:
            if error.errno in _BAD_NAME:
                raise PermanentError(f"cannot open {path}: {error.strerror}") from error
            raise
        return self._open[path]

    def clear(self) -> None:
        """Forget the files."""
        self._open.clear()

    def _path(self, attributes: Iterable[Any]) -> Path:  # Any: key-value pairs
        """No value leads out of the directory of `path`."""
        key = self._group_by.resource_attribute
        value = next((pair.value.string_value for pair in attributes if pair.key == key), "")
        segment = posixpath.normpath("/" + value.replace("\0", "")).lstrip("/")
        return Path(f"{self._prefix}{segment or _MISSING}{self._suffix}")
