"""The service's log as OTLP, but for the records of the pipeline that takes it."""

import logging
import traceback
from collections import deque
from collections.abc import Callable
from itertools import groupby
from typing import Final

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs, SeverityNumber

from penstock_api import Consumer, Deadline, Logs, Settings, Signal
from penstock_receiver_internal_telemetry.config import LogsConfig
from penstock_receiver_internal_telemetry.teller import Teller, dropped, resource_of
from penstock_receiver_internal_telemetry.values import attributes_of, value_of

__all__ = ("LogsTeller",)

_BATCH: Final = 512
_SEVERITIES: Final = (
    (logging.CRITICAL, SeverityNumber.SEVERITY_NUMBER_FATAL),
    (logging.ERROR, SeverityNumber.SEVERITY_NUMBER_ERROR),
    (logging.WARNING, SeverityNumber.SEVERITY_NUMBER_WARN),
    (logging.INFO, SeverityNumber.SEVERITY_NUMBER_INFO),
    (logging.DEBUG, SeverityNumber.SEVERITY_NUMBER_DEBUG),
)


class LogsTeller(Teller[Logs]):
    """Keeps records, which may come from any thread, until it is time to tell them."""

    def __init__(self, settings: Settings, config: LogsConfig, onward: Consumer[Logs]) -> None:
        super().__init__(settings, Signal.LOGS, config.interval, self._logs, onward)
        self._own = settings.own
        self._records: deque[tuple[str, LogRecord]] = deque()
        self._limit = config.max_records
        self._overflow = dropped(settings, Signal.LOGS, "overflow")
        self._stopped = dropped(settings, Signal.LOGS, "stopped")
        self._resource = resource_of(settings)
        self._version = settings.build.version
        self._end: Callable[[], None] = lambda: None

    async def start(self) -> None:
        """Begin to listen."""
        self._end = self._own.on_log(self._note)
        await super().start()

    async def shutdown(self, deadline: Deadline) -> None:
        """Listen no more; tell the last records by `deadline`."""
        self._end()
        self._end = lambda: None
        await super().shutdown(deadline)
        if self._records:
            self._stopped(len(self._records))
            self._records.clear()

    def _note(self, record: logging.LogRecord) -> None:
        """Converted at once: what a record refers to may change."""
        if len(self._records) >= self._limit:
            self._overflow(1)
        else:
            self._records.append((record.name, _converted(record)))

    def _logs(self) -> Logs | None:
        """The oldest records, by logger; None when there are none."""
        taken = [self._records.popleft() for _ in range(min(_BATCH, len(self._records)))]
        if not taken:
            return None
        scopes = [
            ScopeLogs(
                scope=InstrumentationScope(name=name, version=self._version),
                log_records=[record for _, record in records],
            )
            for name, records in groupby(taken, key=lambda one: one[0])
        ]
        entry = ResourceLogs(resource=self._resource, scope_logs=scopes)
        return Logs.from_message(ExportLogsServiceRequest(resource_logs=[entry]))


def _converted(record: logging.LogRecord) -> LogRecord:
    moment = int(record.created * 1e9)
    severity = (number for level, number in _SEVERITIES if record.levelno >= level)
    body: AnyValue = value_of(record.getMessage())
    return LogRecord(
        time_unix_nano=moment,
        observed_time_unix_nano=moment,
        severity_number=next(severity, SeverityNumber.SEVERITY_NUMBER_TRACE),
        severity_text=record.levelname,
        body=body,
        attributes=attributes_of({**getattr(record, "fields", {}), **_exception(record)}),
    )


def _exception(record: logging.LogRecord) -> dict[str, object]:
    """What semantic conventions say of an exception."""
    if not record.exc_info or record.exc_info[1] is None:
        return {}
    error = record.exc_info[1]
    return {
        "exception.type": type(error).__qualname__,
        "exception.message": str(error),
        "exception.stacktrace": "".join(traceback.format_exception(error)),
    }
