"""Settings for a component under test; every part records what the component does with it."""

import logging
from collections.abc import Callable, MutableMapping
from typing import Any, TypeVar  # Any: keyword arguments passed through, log records

from penstock_api import BuildInfo, Clock, ComponentId, ExtensionSettings, Host, Kind, Settings, Status
from penstock_engine.topics import TopicHub
from penstock_testkit.clock import FakeClock
from penstock_testkit.host import FakeHost
from penstock_testkit.tasks import RecordingTasks
from penstock_testkit.telemetry import RecordingMeter

__all__ = ("RecordingReport", "make_extension_settings", "make_settings")

T = TypeVar("T")


class RecordingReport:
    """A `penstock_api.Report` that keeps what was reported."""

    def __init__(self) -> None:
        self.events: list[tuple[Status, str]] = []

    def __call__(self, status: Status, error: str = "") -> None:
        """Keep it."""
        self.events.append((status, error))

    @property
    def last(self) -> Status:
        """The latest status, `Status.NONE` at first."""
        return self.events[-1][0] if self.events else Status.NONE


class _Log(logging.LoggerAdapter[logging.Logger]):
    """Adds the component to the fields of each record; the standard adapter would replace them."""

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        kwargs["extra"] = {**(self.extra or {}), **(kwargs.get("extra") or {})}
        return msg, kwargs


class _Share:
    """One component id's shared object."""

    def __init__(self) -> None:
        self._made: list[object] = []

    def __call__(self, make: Callable[[], T], /) -> T:
        if not self._made:
            self._made.append(make())
        return self._made[0]  # type: ignore[return-value]  # one id has one type of shared object


def make_settings(
    kind: Kind | str = Kind.PROCESSOR, name: str = "under_test", *, clock: Clock | None = None
) -> Settings:
    """Settings as the runtime gives them, for the component id `name`: `type` or `type/name`.

    `clock` is a new `FakeClock` unless given. Every name is a topic, of these settings' own. Two objects
    made with the same settings share what `share` makes, as two signals of one component do.
    """
    return Settings(**_parts(Kind(kind), name, clock))


def make_extension_settings(
    name: str = "under_test", *, host: Host | None = None, clock: Clock | None = None
) -> ExtensionSettings:
    """Settings of an extension; `host` is a new `FakeHost` unless given."""
    return ExtensionSettings(**_parts(Kind.EXTENSION, name, clock), host=host or FakeHost())


def _parts(
    kind: Kind, text: str, clock: Clock | None
) -> dict[str, Any]:  # Any: keyword arguments of two classes
    report = RecordingReport()
    clock = clock or FakeClock()
    log = logging.getLogger(f"penstock.{kind}")
    return {
        "kind": kind,
        "id": ComponentId.parse(text),
        "build": BuildInfo(command="penstock-test", description="a collector under test", version="0.0.0"),
        "log": _Log(log, {"component": text}),
        "meter": RecordingMeter(),
        "clock": clock,
        "tasks": RecordingTasks(report),
        "report": report,
        "share": _Share(),
        "topics": TopicHub(clock, RecordingMeter(), log).view(text),
    }
