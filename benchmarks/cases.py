"""What is measured: the rows of the two tables."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

__all__ = (
    "CONNECTIONS",
    "FIVE",
    "SIZES",
    "TARGETS",
    "WORKERS",
    "Case",
    "Load",
    "Out",
    "Protocol",
    "Shape",
    "every_case",
    "measured",
)


class Protocol(StrEnum):
    """How requests come in."""

    GRPC = "grpc"
    HTTP = "http"


class Out(StrEnum):
    """What a server does with what came in."""

    DROPPED = "dropped"
    DECODED = "decoded, dropped"
    STEPS = "3 processors, dropped"
    GRPC = "otlp_grpc gzip"
    BATCH_GRPC = "batch, otlp_grpc gzip"
    BATCH_HTTP = "batch, otlp_http gzip"

    @property
    def delivers(self) -> bool:
        """Whether spans reach the backend."""
        return self not in (Out.DROPPED, Out.DECODED, Out.STEPS)

    @property
    def batches(self) -> bool:
        """Whether they are batched."""
        return self in (Out.BATCH_GRPC, Out.BATCH_HTTP)


@dataclass(frozen=True, slots=True)
class Load:
    """Requests of one size over one protocol."""

    protocol: Protocol
    spans: int
    """Spans in a request."""
    secure: bool = False
    """Whether over TLS."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How requests are spread: `in_flight` of them at a time on each of `connections`."""

    connections: int
    in_flight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One row of a table."""

    load: Load
    out: Out
    shape: Shape
    requests: int
    """How many are sent in one measurement."""
    target: float | None = None
    """What the ratio should be at most."""
    workers: int = 0
    """Processes of a dataflow engine that share the work; 0 is one process alone."""
    engine: bool = False
    """Whether a dataflow engine does the work without workers, and not the collector."""

    def __str__(self) -> str:
        load = self.load
        unit = "span" if load.spans == 1 else "spans"
        tls = ", TLS" if load.secure else ""
        connections = self.shape.connections
        many = "" if connections == _USUAL else f", {connections} connections"
        engine = f", {self.workers} workers" if self.workers else ", engine" if self.engine else ""
        return f"{load.protocol}{tls}, {load.spans} {unit}{many}{engine} -> {self.out}"


_USUAL: Final = 8
_EACH: Final = {Protocol.GRPC: Shape(_USUAL, 4), Protocol.HTTP: Shape(_USUAL, 1)}
_REQUESTS: Final = {1: 10_000, 10: 6_000, 100: 3_000, 1_000: 400, 10_000: 50}
_HUNDRED: Final = 100


def _case(
    protocol: Protocol, spans: int, out: Out, target: float | None = None, *, secure: bool = False
) -> Case:
    load = Load(protocol, spans, secure)
    return Case(load=load, out=out, shape=_EACH[protocol], requests=_REQUESTS[spans], target=target)


TARGETS: Final = (
    _case(Protocol.GRPC, _HUNDRED, Out.DROPPED, 0.15),
    _case(Protocol.HTTP, _HUNDRED, Out.DROPPED, 0.15),
    _case(Protocol.GRPC, _HUNDRED, Out.DECODED, 0.40),
    _case(Protocol.HTTP, _HUNDRED, Out.DECODED, 0.40),
    _case(Protocol.GRPC, _HUNDRED, Out.GRPC, 0.20),
    _case(Protocol.GRPC, _HUNDRED, Out.BATCH_GRPC, 0.20),
    _case(Protocol.HTTP, _HUNDRED, Out.BATCH_HTTP, 0.20),
    _case(Protocol.GRPC, 1, Out.DROPPED, 0.35),
    _case(Protocol.GRPC, 1, Out.BATCH_GRPC, 0.50),
    _case(Protocol.GRPC, _HUNDRED, Out.DROPPED, 0.25, secure=True),
)
"""What the collector is built to reach, each a ratio to the peer's CPU time."""

SIZES: Final = tuple(_case(Protocol.GRPC, spans, Out.DROPPED) for spans in _REQUESTS)
"""Cost against the size of requests."""

CONNECTIONS: Final = tuple(
    Case(load=Load(Protocol.HTTP, _HUNDRED), out=Out.DROPPED, shape=Shape(many, 1), requests=3_000)
    for many in (1, 10, 100, 1_000)
)
"""Cost against the number of connections."""


WORKERS: Final = tuple(
    replace(_case(Protocol.GRPC, _HUNDRED, Out.BATCH_GRPC), workers=workers) for workers in (0, 1, 2)
)
"""Cost against the number of worker processes."""


FIVE: Final = tuple(
    replace(_case(Protocol.GRPC, _HUNDRED, Out.STEPS), workers=workers, engine=engine)
    for workers, engine in ((0, False), (0, True), (2, False))
)
"""Cost of a pipeline of five: in the collector, in a dataflow engine, and in two workers of one."""


def every_case() -> Iterator[Case]:
    """All cases, each once, in the order of the tables."""
    yield from dict.fromkeys((*TARGETS, *map(measured, (*SIZES, *CONNECTIONS, *WORKERS, *FIVE))))


def measured(case: Case) -> Case:
    """The same case of the first table, if it is there, so that it is measured once."""
    same = (one for one in TARGETS if replace(one, target=None) == case)
    return next(same, case)
