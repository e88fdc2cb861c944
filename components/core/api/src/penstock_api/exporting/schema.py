"""Run-time protobuf schemas of what OTLP servers answer: only the fields that matter.

Texts are bytes in them, so that a message that is not UTF-8 is still shown.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

__all__ = ("PARSERS",)

_Parsed = Any  # Any: the attributes of messages made at run time are unknown to the type checker
_Field = FieldDescriptorProto
_SCALARS: Final = {"int64": _Field.TYPE_INT64, "int32": _Field.TYPE_INT32, "bytes": _Field.TYPE_BYTES}


def _message(name: str, **fields: str) -> DescriptorProto:
    """Fields numbered in order, of a scalar type or of the message that is named."""
    numbered = enumerate(fields.items(), 1)
    return DescriptorProto(name=name, field=[_field(key, number, kind) for number, (key, kind) in numbered])


def _field(name: str, number: int, kind: str) -> FieldDescriptorProto:
    return _Field(
        name=name,
        number=number,
        label=_Field.LABEL_REPEATED if name == "details" else _Field.LABEL_OPTIONAL,
        type=_SCALARS.get(kind, _Field.TYPE_MESSAGE),
        type_name=None if kind in _SCALARS else f".penstock.answer.{kind}",
    )


def _pool() -> DescriptorPool:
    pool = DescriptorPool()
    pool.Add(
        FileDescriptorProto(
            name="penstock/answer.proto",
            package="penstock.answer",
            syntax="proto3",
            message_type=[
                _message("Partial", rejected="int64", error_message="bytes"),
                _message("Response", partial_success="Partial"),
                _message("Any", type_url="bytes", value="bytes"),
                _message("Status", code="int32", message="bytes", details="Any"),
                _message("Duration", seconds="int64", nanos="int32"),
                _message("Retry", retry_delay="Duration"),
            ],
        )
    )
    return pool


_POOL: Final = _pool()
PARSERS: Final[Mapping[str, Callable[[bytes], _Parsed]]] = {
    name: GetMessageClass(_POOL.FindMessageTypeByName(f"penstock.answer.{name}")).FromString
    for name in ("Response", "Status", "Retry")
}
