"""A collector as a process of its own: started, watched through its log, signalled, ended."""

import json
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar  # Any: log fields are what the collector made them

__all__ = ("CollectorProcess",)

_Record = Mapping[str, Any]
T = TypeVar("T")
_PATIENCE = 30.0
_READY = "Everything is ready. Begin running and processing data."


class CollectorProcess:
    """A running collector that logs JSON. A context manager: leaving it kills what still runs.

    `command` is followed by what makes the log readable to this class: do not configure the log otherwise.
    """

    def __init__(self, command: Sequence[str], *, env: Mapping[str, str] | None = None) -> None:
        self.records: list[_Record] = []
        self.output: list[str] = []
        self._changed = threading.Condition()
        self._ended = False
        self._process = subprocess.Popen(  # noqa: S603 - the command is the test's own
            [*command, "--set", "service.telemetry.logs.encoding=json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=None if env is None else dict(env),
        )
        self._readers = [
            threading.Thread(target=self._read_log, daemon=True),
            threading.Thread(target=self._read_output, daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def ready(self) -> Self:
        """Wait until the collector says that it is ready."""
        self.logged(_READY)
        return self

    def logged(self, event: str, **fields: object) -> _Record:
        """Wait for the first record of `event` with these fields. Raises `AssertionError` with the log."""

        def found() -> _Record | None:
            return next((one for one in self.records if _matches(one, event, fields)), None)

        return self._wait(found, f"no log record {event!r} with {fields}")

    def printed(self, text: str) -> str:
        """Wait for the first line on standard output that contains `text`."""
        return self._wait(
            lambda: next((line for line in self.output if text in line), None), f"no output {text!r}"
        )

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    def wait(self, timeout: float = 60.0) -> int:
        """Wait for the end; the exit code, negative for a signal."""
        code = self._process.wait(timeout)
        for reader in self._readers:
            reader.join(timeout)
        return code

    def stop(self, timeout: float = 60.0) -> int:
        """Ask for a clean stop and wait for it; the exit code."""
        self.send(signal.SIGTERM)
        return self.wait(timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self.wait()
        for pipe in (self._process.stdout, self._process.stderr):
            assert pipe is not None
            pipe.close()

    def _wait(self, find: Callable[[], T | None], complaint: str) -> T:
        found: list[T] = []

        def done() -> bool:
            one = find()
            if one is not None:
                found.append(one)
            return one is not None or self._ended

        with self._changed:
            self._changed.wait_for(done, _PATIENCE)
        if not found:
            log = "\n".join(json.dumps(record) for record in self.records)
            raise AssertionError(f"{complaint}; the log:\n{log}")
        return found[0]

    def _read_log(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._note(self.records, _record(line))
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _read_output(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._note(self.output, line.rstrip("\n"))

    def _note(self, into: list[Any], what: object) -> None:
        with self._changed:
            into.append(what)
            self._changed.notify_all()


def _record(line: str) -> _Record:
    try:
        read = json.loads(line)
    except ValueError:
        read = None
    return read if isinstance(read, dict) else {"msg": line.rstrip("\n")}


def _matches(record: _Record, event: str, fields: Mapping[str, object]) -> bool:
    return record.get("msg") == event and all(record.get(key) == value for key, value in fields.items())
