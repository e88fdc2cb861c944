"""Run-time protobuf schemas in which items are bytes, so that nothing opens an item to count or split.

The field numbers are those of `opentelemetry/proto/collector/*/v1`. What a schema does not name survives
parsing and serialising as an unknown field. A request of 100 spans is counted in about 4 us.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from penstock_api.batch.split import split_items, split_points
from penstock_api.errors import MalformedError

__all__ = ("LOGS", "METRICS", "TRACES", "Schema")

# Any: the attributes of messages made at run time are unknown to the type checker.
_Request = Any
_Field = FieldDescriptorProto
_PACKAGE: Final = "penstock.batch"


@dataclass(frozen=True, slots=True)
class Schema:
    """Counts and splits the requests of one signal."""

    signal: str
    _parse: Callable[[bytes], _Request]
    _count: Callable[[_Request], int]
    _split: Callable[[_Request, int, int], Iterator[tuple[_Request, int]]]

    def count(self, data: bytes) -> int:
        """The number of items in a request. Raises `MalformedError` when `data` is not one."""
        return self._count(self._open(data))

    def count_message(self, message: Message) -> int:
        """The number of items in a full protobuf request: its field names are the schema's."""
        return self._count(message)

    def split(self, data: bytes, limit: int, first: int) -> Iterator[tuple[bytes, int]]:
        """Cut a request into requests of at most `limit` (the first: `first`) items, each with its number."""
        for request, items in self._split(self._open(data), limit, first):
            yield request.SerializeToString(), items

    def _open(self, data: bytes) -> _Request:
        try:
            return self._parse(data)
        except DecodeError as error:
            raise MalformedError(f"not a valid OTLP {self.signal} request: {error}") from error


def _field(name: str, number: int, kind: str = "", *, repeated: bool = False) -> FieldDescriptorProto:
    """A field of message type `kind`, or of bytes."""
    return _Field(
        name=name,
        number=number,
        label=_Field.LABEL_REPEATED if repeated else _Field.LABEL_OPTIONAL,
        type=_Field.TYPE_MESSAGE if kind else _Field.TYPE_BYTES,
        type_name=f".{_PACKAGE}.{kind}" if kind else None,
    )


def _message(name: str, *fields: FieldDescriptorProto) -> DescriptorProto:
    return DescriptorProto(name=name, field=fields)


def _layers(prefix: str, outer: str, inner: str, items: FieldDescriptorProto) -> tuple[DescriptorProto, ...]:
    """Request > resource > scope > items, which is how all three signals are built."""
    resource, scope = f"{prefix}Resource", f"{prefix}Scope"
    return (
        _message(f"{prefix}Request", _field(outer, 1, resource, repeated=True)),
        _message(
            resource, _field("resource", 1), _field(inner, 2, scope, repeated=True), _field("schema_url", 3)
        ),
        _message(scope, _field("scope", 1), items, _field("schema_url", 3)),
    )


_KINDS: Final = (("gauge", 5), ("sum", 7), ("histogram", 9), ("exponential_histogram", 10), ("summary", 11))


def _file() -> FileDescriptorProto:
    metric = _message("Metric", *(_field(name, number, "Points") for name, number in _KINDS))
    metric.oneof_decl.add(name="data")
    for field in metric.field:
        field.oneof_index = 0
    points = _message("Points", _field("data_points", 1, repeated=True))
    return FileDescriptorProto(
        name="penstock/batch.proto",
        package=_PACKAGE,
        syntax="proto3",
        message_type=[
            *_layers("Traces", "resource_spans", "scope_spans", _field("spans", 2, repeated=True)),
            *_layers(
                "Metrics", "resource_metrics", "scope_metrics", _field("metrics", 2, "Metric", repeated=True)
            ),
            *_layers("Logs", "resource_logs", "scope_logs", _field("log_records", 2, repeated=True)),
            metric,
            points,
        ],
    )


def _parser(name: str) -> Callable[[bytes], _Request]:
    return GetMessageClass(_POOL.FindMessageTypeByName(f"{_PACKAGE}.{name}Request")).FromString


def _count_spans(request: _Request) -> int:
    total = 0
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            total += len(scope.spans)
    return total


def _count_logs(request: _Request) -> int:
    total = 0
    for resource in request.resource_logs:
        for scope in resource.scope_logs:
            total += len(scope.log_records)
    return total


def _count_points(request: _Request) -> int:
    total = 0
    for resource in request.resource_metrics:
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                # Only one of the five is set; an absent one reads as empty.
                total += (
                    len(metric.gauge.data_points)
                    + len(metric.sum.data_points)
                    + len(metric.histogram.data_points)
                    + len(metric.exponential_histogram.data_points)
                    + len(metric.summary.data_points)
                )
    return total


_POOL: Final = DescriptorPool()
_POOL.Add(_file())
TRACES: Final = Schema(
    "traces", _parser("Traces"), _count_spans, split_items("resource_spans", "scope_spans", "spans")
)
LOGS: Final = Schema(
    "logs", _parser("Logs"), _count_logs, split_items("resource_logs", "scope_logs", "log_records")
)
METRICS: Final = Schema(
    "metrics", _parser("Metrics"), _count_points, split_points(tuple(name for name, _ in _KINDS))
)
