"""What is measured: every way in, with every way out."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Final

__all__ = ("LOADS", "Case", "Load", "Out", "Protocol", "every_case")


class Protocol(StrEnum):
    """How requests come in."""

    GRPC = "grpc"
    HTTP = "http"


class Out(StrEnum):
    """Where a server puts what came in."""

    NOP = "nop"
    GRPC = "batch, otlp_grpc"
    GRPC_GZIP = "batch, otlp_grpc gzip"
    HTTP_GZIP = "batch, otlp_http gzip"


@dataclass(frozen=True, slots=True)
class Load:
    """Requests of one size over one protocol."""

    protocol: Protocol
    spans: int
    """Spans in a request."""


@dataclass(frozen=True, slots=True)
class Case:
    """One row of the table."""

    load: Load
    out: Out

    def __str__(self) -> str:
        unit = "span" if self.load.spans == 1 else "spans"
        return f"{self.load.protocol}, {self.load.spans} {unit} -> {self.out}"


LOADS: Final = tuple(Load(protocol, spans) for spans, protocol in product((100, 1), Protocol))


def every_case() -> Iterator[Case]:
    """All cases, those of the same load together."""
    for load, out in product(LOADS, Out):
        yield Case(load, out)
