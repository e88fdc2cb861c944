"""OTLP/JSON, which differs from protobuf's JSON: ids are hexadecimal and enums are numbers.

Source: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
"""

import base64
import binascii
import json
from collections.abc import Callable
from typing import Any

from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from google.protobuf.message import Message

from penstock_api.errors import MalformedError

__all__ = ("dump", "parse")

# Names as protobuf has them, too: its JSON parser takes both.
_IDS = frozenset(("traceId", "spanId", "parentSpanId", "trace_id", "span_id", "parent_span_id"))
# The fields through which ids can be reached; attribute values are never entered, so that a user's own
# attribute named `traceId` is left alone.
_WAYS = frozenset(
    (
        *("resourceSpans", "scopeSpans", "spans", "links", "resource_spans", "scope_spans"),
        *("resourceMetrics", "scopeMetrics", "metrics", "resource_metrics", "scope_metrics"),
        *("gauge", "sum", "histogram", "exponentialHistogram", "exponential_histogram"),
        *("dataPoints", "exemplars", "data_points"),
        *("resourceLogs", "scopeLogs", "logRecords", "resource_logs", "scope_logs", "log_records"),
    )
)
_SHOWN = 300
_Json = Any  # Any: the json module's own word for what it reads


def parse(text: bytes, into: Message) -> None:
    """Read OTLP/JSON into the request message `into`. Raises `MalformedError`."""
    try:
        tree = json.loads(text)
        if not isinstance(tree, dict):
            raise MalformedError("not a valid OTLP/JSON request: the top level is not an object")
        _convert(tree, _from_hex)
        ParseDict(tree, into, ignore_unknown_fields=True)
    except (ValueError, ParseError, RecursionError, SystemError) as error:
        # SystemError is protobuf's answer to a name that is not Unicode, such as "\\ud800".
        raise MalformedError(f"not a valid OTLP/JSON request: {str(error)[:_SHOWN]}") from error


def dump(message: Message) -> bytes:
    """Write a request message as OTLP/JSON, on one line."""
    tree = MessageToDict(message, use_integers_for_enums=True)
    _convert(tree, _to_hex)
    return json.dumps(tree, separators=(",", ":"), ensure_ascii=False).encode()


def _convert(node: _Json, change: Callable[[_Json], str]) -> None:
    """Replace every id below `node`, in place."""
    if isinstance(node, list):
        for element in node:
            _convert(element, change)
        return
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        if key in _IDS and value is not None:
            node[key] = change(value)
        elif key in _WAYS:
            _convert(value, change)


def _from_hex(value: _Json) -> str:
    if not isinstance(value, str):
        raise MalformedError("not a valid OTLP/JSON request: an id must be a hexadecimal string")
    try:
        return base64.b64encode(binascii.unhexlify(value)).decode()
    except binascii.Error as error:
        raise MalformedError(
            f"not a valid OTLP/JSON request: an id must be hexadecimal: {value[:_SHOWN]!r}"
        ) from error


def _to_hex(value: _Json) -> str:
    return base64.b64decode(value).hex()
