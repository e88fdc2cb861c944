"""What the pages read from the host, in the form in which they show it."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from penstock_api import ComponentId, Host, Kind, Status, StatusEvent
from penstock_extension_zpages.html import Html, join, tag

__all__ = ("Series", "find_status", "moment", "number", "series_of", "status_mark")

_SECOND: Final = 1_000_000_000
_NAME: Final = re.compile(r"([^{]+)(?:\{(.*)\})?", re.DOTALL)
_LABEL: Final = re.compile(r'([^=,]+)="((?:[^"\\]|\\.)*)"', re.DOTALL)
_LOOKS: Final = {
    Status.OK: "good",
    Status.RECOVERABLE_ERROR: "warn",
    Status.PERMANENT_ERROR: "bad",
    Status.FATAL_ERROR: "bad",
}


@dataclass(frozen=True, slots=True)
class Series:
    """One of the collector's own metrics."""

    name: str
    labels: Mapping[str, str]
    value: float


def series_of(host: Host) -> Iterator[Series]:
    """All series but the buckets of histograms, whose sums and counts say enough here."""
    for text, value in host.metrics().items():
        found = _NAME.fullmatch(text)
        if found is None or found[1].endswith("_bucket"):
            continue
        labels = {key.strip(): _unescaped(value) for key, value in _LABEL.findall(found[2] or "")}
        yield Series(found[1], labels, value)


def find_status(host: Host, kind: Kind, name: str) -> StatusEvent | None:
    """The status of a component of a pipeline; a connector stands there as receiver or exporter."""
    statuses, own = host.statuses(), ComponentId.parse(name)
    return statuses.get((kind, own)) or statuses.get((Kind.CONNECTOR, own))


def status_mark(event: StatusEvent | None) -> Html:
    """A status in its colour, with the error that explains it."""
    if event is None:
        return Html("")
    mark = tag("span", event.status.value, class_=_LOOKS.get(event.status, "stage"))
    return join((mark, ": ", event.error)) if event.error else mark


def moment(nanoseconds: int) -> str:
    """A time of day in UTC; nothing where there is none."""
    if not nanoseconds:
        return ""
    when = dt.datetime.fromtimestamp(nanoseconds / _SECOND, dt.UTC)
    return f"{when:%Y-%m-%d %H:%M:%S} UTC"


def number(value: float) -> str:
    """Whole numbers with separators, others with three digits after the point."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.3f}"


def _unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], value)
