"""Values, ids and times as text. Control characters are escaped: telemetry comes from strangers."""

import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
    from opentelemetry.proto.resource.v1.resource_pb2 import Resource

__all__ = ("attributes", "inline", "line", "plain", "resource", "scope", "timestamp", "typed")

_Json = str | bool | int | float | list["_Json"] | dict[str, "_Json"] | None
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_NAMED: Final = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
_NS: Final = 1_000_000_000


def line(text: str) -> str:
    """`text` on one line, unable to move a terminal's cursor."""
    return _CONTROL.sub(lambda found: _NAMED.get(found[0]) or f"\\x{ord(found[0]):02x}", text)


def timestamp(nanoseconds: int) -> str:
    """Nanoseconds since the epoch as UTC, to the nanosecond."""
    seconds, rest = divmod(nanoseconds, _NS)
    try:
        moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    except (OverflowError, ValueError):
        return f"{nanoseconds} ns"
    fraction = f".{rest:09}".rstrip("0") if rest else ""
    return f"{moment:%Y-%m-%d %H:%M:%S}{fraction} +0000 UTC"


def plain(value: "AnyValue") -> str:
    """The value alone: `GET`, `200`, `{"a":1}`."""
    return line(_text(_json(value)))


def typed(value: "AnyValue") -> str:
    """The value with its kind: `Str(GET)`, `Int(200)`, `Map({"a":1})`."""
    which = value.WhichOneof("value")
    if which is None:
        return "Empty()"
    kind = _KINDS.get(which, which)
    return f"{kind}({plain(value)})"


def attributes(title: str, pairs: "Iterable[KeyValue]", indent: str = "     ") -> Iterator[str]:
    """A heading and a line for each pair; nothing where there is no pair."""
    written = [f"{indent}-> {line(pair.key)}: {typed(pair.value)}" for pair in pairs]
    if written:
        yield title
        yield from written


def inline(pairs: "Iterable[KeyValue]") -> str:
    """`a=1 b=GET`."""
    return " ".join(f"{line(pair.key)}={plain(pair.value)}" for pair in pairs)


def resource(name: str, number: int, schema_url: str, one: "Resource") -> Iterator[str]:
    """The head of everything that comes from one resource."""
    yield f"{name} #{number}"
    yield f"Resource SchemaURL: {line(schema_url)}".rstrip()
    yield from attributes("Resource attributes:", one.attributes)
    if one.dropped_attributes_count:
        yield f"Resource DroppedAttributesCount: {one.dropped_attributes_count}"


def scope(name: str, number: int, schema_url: str, one: "InstrumentationScope") -> Iterator[str]:
    """The head of everything that comes from one scope."""
    yield f"{name} #{number}"
    yield f"{name} SchemaURL: {line(schema_url)}".rstrip()
    yield f"InstrumentationScope {line(one.name)} {line(one.version)}".rstrip()
    yield from attributes("InstrumentationScope attributes:", one.attributes)
    if one.dropped_attributes_count:
        yield f"InstrumentationScope DroppedAttributesCount: {one.dropped_attributes_count}"


_KINDS: Final = {
    "string_value": "Str",
    "bool_value": "Bool",
    "int_value": "Int",
    "double_value": "Double",
    "array_value": "Slice",
    "kvlist_value": "Map",
    "bytes_value": "Bytes",
}


def _json(value: "AnyValue") -> _Json:
    which = value.WhichOneof("value")
    if which is None:
        return None
    if which == "array_value":
        return [_json(one) for one in value.array_value.values]
    if which == "kvlist_value":
        return {pair.key: _json(pair.value) for pair in value.kvlist_value.values}
    if which == "bytes_value":
        return value.bytes_value.hex()
    found: _Json = getattr(value, which)
    return found


def _text(value: _Json) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
