"""Values of Python as values of OTLP."""

from collections.abc import Iterator, Mapping

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

__all__ = ("attributes_of", "value_of")

_LARGEST = 2**63


def attributes_of(fields: Mapping[str, object]) -> list[KeyValue]:
    """`fields` as attributes; None is left out."""
    return list(_attributes(fields))


def _attributes(fields: Mapping[str, object]) -> Iterator[KeyValue]:
    for key, value in fields.items():
        if value is not None:
            yield KeyValue(key=_text(key), value=value_of(value))


def value_of(value: object) -> AnyValue:
    """A scalar as what it is, anything else as text."""
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int) and -_LARGEST <= value < _LARGEST:
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    return AnyValue(string_value=_text(value))


def _text(value: object) -> str:
    """Protobuf takes no lone surrogates, which names of files may have."""
    return str(value).encode("utf-8", "replace").decode()
