"""The telemetry that is sent: OTLP trace requests, all of one size, no two of one content."""

import random
from dataclasses import dataclass
from typing import Final

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

__all__ = ("ATTRIBUTES", "RESOURCE_ATTRIBUTES", "VARIANTS", "build_request", "build_requests")

ATTRIBUTES: Final = 10
"""Attributes of a span."""
RESOURCE_ATTRIBUTES: Final = 6
"""Attributes of the resource that all spans of a request share."""
VARIANTS: Final = 16
"""How many different requests a generator sends in turn."""

_EPOCH_NS: Final = 1_750_000_000_000_000_000
_ROUTES: Final = ("/api/orders/{id}", "/api/carts/{id}", "/api/users/{id}", "/healthz")


@dataclass(frozen=True, slots=True)
class _Source:
    """Where the values of one request come from: the same seed gives the same request."""

    random: random.Random

    def span(self, number: int) -> Span:
        chance = self.random
        start = _EPOCH_NS + number * 1_000_000 + chance.randrange(1_000_000)
        span = Span(
            trace_id=chance.randbytes(16),
            span_id=chance.randbytes(8),
            parent_span_id=chance.randbytes(8),
            name=f"GET {chance.choice(_ROUTES)}",
            kind=Span.SPAN_KIND_SERVER,
            start_time_unix_nano=start,
            end_time_unix_nano=start + chance.randrange(50_000_000),
            status=Status(code=Status.STATUS_CODE_OK),
        )
        span.attributes.extend(self.attributes())
        return span

    def attributes(self) -> list[KeyValue]:
        chance = self.random
        user = chance.randrange(1_000_000)
        return [
            _text("http.request.method", "GET"),
            _text("http.route", chance.choice(_ROUTES)),
            _text("url.path", f"/api/orders/{user}"),
            _text("url.scheme", "https"),
            _number("http.response.status_code", chance.choice((200, 200, 200, 404, 500))),
            _text("server.address", "shop.example.com"),
            _number("server.port", 8443),
            _text("user_agent.original", f"Mozilla/5.0 (X11; Linux x86_64) Client/{user % 97}"),
            _text("enduser.id", f"user-{user:06d}"),
            _text("app.order.total", f"{chance.random() * 500:.2f}"),
        ]


def build_request(spans: int, seed: int = 0) -> bytes:
    """One serialised request of `spans` spans under one resource and one scope."""
    source = _Source(random.Random(seed))  # noqa: S311 - not a secret
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    resource.resource.attributes.extend(
        [
            _text("service.name", "checkout"),
            _text("service.namespace", "shop"),
            _text("service.version", "1.4.2"),
            _text("service.instance.id", f"checkout-{seed}"),
            _text("deployment.environment.name", "production"),
            _text("telemetry.sdk.language", "python"),
        ]
    )
    scope = resource.scope_spans.add()
    scope.scope.name, scope.scope.version = "shop.http", "0.53.1"
    scope.spans.extend(source.span(number) for number in range(spans))
    return request.SerializeToString()


def build_requests(spans: int) -> tuple[bytes, ...]:
    """`VARIANTS` requests of `spans` spans each."""
    return tuple(build_request(spans, seed) for seed in range(VARIANTS))


def _text(key: str, value: str) -> KeyValue:
    pair = KeyValue(key=key)
    pair.value.string_value = value
    return pair


def _number(key: str, value: int) -> KeyValue:
    pair = KeyValue(key=key)
    pair.value.int_value = value
    return pair
