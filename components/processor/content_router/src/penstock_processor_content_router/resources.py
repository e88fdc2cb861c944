"""Run-time protobuf schemas that open a request as far as its resources, and a resource as far as one value.

The field numbers are those of `opentelemetry/proto`, which are the same for all three signals: a request
holds resource entries in field 1, an entry its resource in field 1. No item is opened.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass

from penstock_api import MalformedError

__all__ = ("entries_of", "request_of", "resource_of", "value_of")

# Any: the attributes of messages made at run time are unknown to the type checker.
_Parsed = Any
_Field = FieldDescriptorProto
_PACKAGE: Final = "penstock.content_router"
_SCALARS: Final = {
    "bytes": _Field.TYPE_BYTES,
    "string": _Field.TYPE_STRING,
    "bool": _Field.TYPE_BOOL,
    "int64": _Field.TYPE_INT64,
    "double": _Field.TYPE_DOUBLE,
}


def _field(name: str, number: int, kind: str, *, repeated: bool = False) -> FieldDescriptorProto:
    scalar = _SCALARS.get(kind)
    return _Field(
        name=name,
        number=number,
        label=_Field.LABEL_REPEATED if repeated else _Field.LABEL_OPTIONAL,
        type=_Field.TYPE_MESSAGE if scalar is None else scalar,
        type_name=f".{_PACKAGE}.{kind}" if scalar is None else None,
    )


def _value() -> DescriptorProto:
    kinds = (("string_value", 1, "string"), ("bool_value", 2, "bool"), ("int_value", 3, "int64"))
    value = DescriptorProto(
        name="Value", field=[_field(*one) for one in (*kinds, ("double_value", 4, "double"))]
    )
    value.oneof_decl.add(name="value")
    for field in value.field:
        field.oneof_index = 0
    return value


def _file() -> FileDescriptorProto:
    return FileDescriptorProto(
        name="penstock/content_router.proto",
        package=_PACKAGE,
        syntax="proto3",
        message_type=[
            DescriptorProto(name="Request", field=[_field("entries", 1, "bytes", repeated=True)]),
            DescriptorProto(name="Entry", field=[_field("resource", 1, "bytes")]),
            DescriptorProto(name="Resource", field=[_field("attributes", 1, "Attribute", repeated=True)]),
            DescriptorProto(
                name="Attribute", field=[_field("key", 1, "string"), _field("value", 2, "Value")]
            ),
            _value(),
        ],
    )


_POOL: Final = DescriptorPool()
_POOL.Add(_file())


def _class(name: str) -> Any:
    return GetMessageClass(_POOL.FindMessageTypeByName(f"{_PACKAGE}.{name}"))


_REQUEST: Final = _class("Request")
_PARSE_ENTRY: Final[Callable[[bytes], _Parsed]] = _class("Entry").FromString
_PARSE_RESOURCE: Final[Callable[[bytes], _Parsed]] = _class("Resource").FromString


def entries_of(request: bytes) -> list[bytes]:
    """The resource entries of a request. Raises `MalformedError`."""
    try:
        return list(_REQUEST.FromString(request).entries)
    except DecodeError as error:
        raise MalformedError(f"not a valid OTLP request: {error}") from error


def request_of(entries: Iterable[bytes]) -> bytes:
    """A request of these entries."""
    data: bytes = _REQUEST(entries=entries).SerializeToString()
    return data


def resource_of(entry: bytes) -> bytes:
    """The resource of an entry; empty when it has none. Raises `MalformedError`."""
    try:
        resource: bytes = _PARSE_ENTRY(entry).resource
    except DecodeError as error:
        raise MalformedError(f"not a valid OTLP resource entry: {error}") from error
    return resource


def value_of(resource: bytes, key: str) -> str | None:
    """The value of attribute `key` as text; None when there is none, or none that is a scalar.

    Raises `MalformedError`.
    """
    try:
        attributes = _PARSE_RESOURCE(resource).attributes
    except DecodeError as error:
        raise MalformedError(f"not a valid OTLP resource: {error}") from error
    return next((_text(one.value) for one in attributes if one.key == key), None)


def _text(value: _Parsed) -> str | None:
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    found = getattr(value, kind)
    return str(found).lower() if isinstance(found, bool) else str(found)
