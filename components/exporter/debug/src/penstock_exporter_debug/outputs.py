"""Where text goes: the collector's log, or streams and files."""

import sys
from io import FileIO
from typing import Protocol

from penstock_api import RetryableError, Settings, StartError

__all__ = ("LogOutput", "Output", "StreamOutput")


class Output(Protocol):
    """Takes what is to be shown."""

    def open(self) -> None:
        """Get ready. Raises `StartError`."""

    def write(self, title: str, fields: dict[str, int], text: str) -> None:
        """Show the heading `title` with `fields`, then `text`. Raises `RetryableError`."""

    def close(self) -> None:
        """Let go; safe before `open` and twice."""


class LogOutput:
    """The collector's own log, at level info."""

    def __init__(self, settings: Settings) -> None:
        self._log = settings.log

    def open(self) -> None:
        """Nothing to do."""

    def write(self, title: str, fields: dict[str, int], text: str) -> None:
        """Log the heading, then the text as one record."""
        self._log.info(title, extra=fields)
        if text:
            self._log.info("%s", text)

    def close(self) -> None:
        """Nothing to do."""


class StreamOutput:
    """Streams and files, to which text is appended."""

    def __init__(self, paths: tuple[str, ...]) -> None:
        self._paths = paths
        self._files: dict[str, FileIO] = {}

    def open(self) -> None:
        """Open the files. Raises `StartError`."""
        for path in self._paths:
            if path in ("stdout", "stderr"):
                continue
            try:
                self._files[path] = FileIO(path, "a")  # unbuffered: what is refused must not be written later
            except OSError as error:
                self.close()
                raise StartError(f"cannot open {path}: {error.strerror}") from error

    def write(self, title: str, fields: dict[str, int], text: str) -> None:
        """Write to every output. Raises `RetryableError` when one fails; others may have it by then."""
        heading = " ".join((title, *(f"{name}={value}" for name, value in fields.items())))
        whole = f"{heading}\n{text}\n" if text else f"{heading}\n"
        for path in self._paths:
            try:
                self._write(path, whole)
            except (OSError, ValueError) as error:
                raise RetryableError(f"cannot write to {path}: {error}") from error

    def close(self) -> None:
        """Close the files."""
        while self._files:
            _, file = self._files.popitem()
            file.close()

    def _write(self, path: str, text: str) -> None:
        if path in ("stdout", "stderr"):
            # Looked up every time: a test or a daemon may replace them.
            stream = sys.stdout if path == "stdout" else sys.stderr
            stream.write(text)
            stream.flush()
            return
        rest = text.encode()
        while rest:
            rest = rest[self._files[path].write(rest) :]
