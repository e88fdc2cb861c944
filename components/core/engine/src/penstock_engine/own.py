"""What a service says of itself, for components that pass it on: metrics, and log records without an echo."""

import logging
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final

from penstock_api import Series

__all__ = ("Own", "fields_of")

_LOGGER: Final = "penstock"

_Metrics = Callable[[], Iterable[Series]]
_IsEcho = Callable[[logging.LogRecord], bool]


def fields_of(record: logging.LogRecord) -> dict[str, object]:
    """The fields that a `FieldLog` put into `record`; none when it came from elsewhere."""
    found: dict[str, object] = getattr(record, "fields", {})
    return found


class Own:
    """The real `penstock_api.OwnTelemetry`.

    `is_echo` tells records that come of passing records on: were they passed on too, there would be no end.
    """

    def __init__(
        self,
        metrics: _Metrics,
        is_echo: _IsEcho = lambda _: False,
        resource: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._metrics = metrics
        self._is_echo = is_echo
        self._resource = resource

    @property
    def resource(self) -> Mapping[str, str]:
        """Who the service says it is."""
        return self._resource

    def metrics(self) -> Iterable[Series]:
        """All values now, each name's series together."""
        return self._metrics()

    def on_log(self, handler: Callable[[logging.LogRecord], None]) -> Callable[[], None]:
        """Have `handler` called for every record of the service; what is returned ends that."""
        tap = _Tap(handler, self._is_echo)
        logger = logging.getLogger(_LOGGER)
        logger.addHandler(tap)
        return lambda: logger.removeHandler(tap)


class _Tap(logging.Handler):
    """Calls a handler, but for what that handler itself causes to be logged."""

    def __init__(self, handler: Callable[[logging.LogRecord], None], is_echo: _IsEcho) -> None:
        super().__init__()
        self._handler = handler
        self._is_echo = is_echo
        self._busy = False

    def emit(self, record: logging.LogRecord) -> None:
        """Called by `logging` for every record, with the handler's lock held."""
        if self._busy or self._is_echo(record):
            return
        self._busy = True
        try:
            self._handler(record)
        except Exception:  # noqa: BLE001 - logging must not fail for one who listens
            self.handleError(record)
        finally:
            self._busy = False
