"""What is answered: whether the service is up, since when, and which components fail."""

import datetime as dt
import json
from typing import Final

from penstock_api import Clock, Host, Status, StatusEvent

__all__ = ("Health",)

_FAILING: Final = frozenset((Status.RECOVERABLE_ERROR, Status.PERMANENT_ERROR, Status.FATAL_ERROR))
_SECOND: Final = 1_000_000_000
_NEVER: Final = "0001-01-01T00:00:00Z"


class Health:
    """Reads the host when asked; keeps nothing."""

    def __init__(self, host: Host, clock: Clock) -> None:
        self._host = host
        self._clock = clock

    @property
    def good(self) -> bool:
        """Whether the service has started, is not stopping, and no component has failed fatally."""
        if not self._host.ready:
            return False
        return all(event.status is not Status.FATAL_ERROR for event in self._host.statuses().values())

    def as_json(self, *, verbose: bool) -> bytes:
        """Status, start and uptime; with `verbose` also the components that fail."""
        good, since = self.good, self._host.started_wall_ns
        body: dict[str, object] = {
            "status": "Server available" if good else "Server not available",
            "upSince": _moment(since) if good else _NEVER,
            "uptime": _duration(self._clock.wall_ns() - since) if good else "",
        }
        if verbose:
            failing = (one for one in self._host.statuses().values() if one.status in _FAILING)
            body["failing"] = [_component(event) for event in failing]
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _component(event: StatusEvent) -> dict[str, object]:
    return {
        "component": f"{event.kind}:{event.id}",
        "pipelines": list(event.pipelines),
        "status": event.status.value,
        "error": event.error,
        "since": _moment(event.wall_ns),
    }


def _moment(nanoseconds: int) -> str:
    moment = dt.datetime.fromtimestamp(nanoseconds / _SECOND, dt.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _duration(nanoseconds: int) -> str:
    """As the Collector writes it: `1h2m3.5s`."""
    minutes, rest = divmod(nanoseconds, 60 * _SECOND)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{rest / _SECOND:g}s"
    if hours:
        return f"{hours}h{minutes}m{seconds}"
    return f"{minutes}m{seconds}" if minutes else seconds
