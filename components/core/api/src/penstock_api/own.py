"""The service's own telemetry, for components that pass it on."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

__all__ = ("NO_TELEMETRY", "OwnTelemetry", "Series", "SeriesKind")

SeriesKind: TypeAlias = Literal["counter", "gauge", "histogram"]


@dataclass(frozen=True, slots=True)
class Series:
    """One value of one instrument now. `suffix` is empty but for the parts of a histogram."""

    name: str
    kind: SeriesKind
    attributes: Mapping[str, str]
    value: float
    suffix: str = ""
    unit: str = "1"


class OwnTelemetry(Protocol):
    """What the service says of itself."""

    @property
    def resource(self) -> Mapping[str, str]:
        """Who it says it is, such as `service.name`; empty when nobody told."""
        ...

    def metrics(self) -> Iterable[Series]:
        """All values now, each name's series together."""
        ...

    def on_log(self, handler: Callable[[logging.LogRecord], None]) -> Callable[[], None]:
        """Have `handler` called for every record of the service; what is returned ends that."""
        ...


class _None:
    @property
    def resource(self) -> Mapping[str, str]:
        return {}

    def metrics(self) -> Iterable[Series]:
        return ()

    def on_log(self, handler: Callable[[logging.LogRecord], None]) -> Callable[[], None]:  # noqa: ARG002
        return lambda: None


NO_TELEMETRY: OwnTelemetry = _None()
"""For a component that runs outside a service."""
