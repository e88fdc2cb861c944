"""The generator, a process of its own: sends requests over several connections and tells how that went.

`python -m benchmarks.load grpc 127.0.0.1:4317 --spans 100 --requests 4000`
"""

import argparse
import asyncio
import dataclasses
import json
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from itertools import cycle, islice

from benchmarks.cases import Protocol
from benchmarks.payload import build_requests

__all__ = ("Outcome", "Shape", "main")


@dataclass(frozen=True, slots=True)
class Shape:
    """How requests are spread: `in_flight` of them at a time on each of `connections`."""

    connections: int
    in_flight: int


@dataclass(slots=True)
class Outcome:
    """How many requests were accepted, and the first answer that was something else."""

    accepted: int = 0
    refused: int = 0
    error: str = ""
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    def note(self, error: str) -> None:
        """Count one answer; `error` is empty for an accepted request."""
        if not error:
            self.accepted += 1
            return
        self.refused += 1
        self.error = self.error or error


Send = Callable[[str, Iterator[bytes], Shape, Outcome], Coroutine[None, None, None]]


def main() -> None:
    """Send what the arguments say and print an `Outcome` as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("protocol", type=Protocol)
    parser.add_argument("address")
    parser.add_argument("--spans", type=int, default=100)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--in-flight", type=int, default=4)
    parser.add_argument("--timeout", type=float, default=60.0)
    options = parser.parse_args()
    bodies = islice(cycle(build_requests(options.spans)), options.requests)
    outcome, shape = Outcome(), Shape(options.connections, options.in_flight)
    send = _sender(options.protocol)
    cpu, started = time.process_time(), time.monotonic()
    try:
        asyncio.run(asyncio.wait_for(send(options.address, bodies, shape, outcome), options.timeout))
    except (TimeoutError, OSError) as error:
        outcome.error = str(error) or f"not done after {options.timeout} s"
    outcome.seconds = time.monotonic() - started
    outcome.cpu_seconds = time.process_time() - cpu
    print(json.dumps(dataclasses.asdict(outcome)))


def _sender(protocol: Protocol) -> Send:
    if protocol is Protocol.GRPC:
        from benchmarks.load_grpc import send_grpc  # noqa: PLC0415 - grpc is large, and not for HTTP

        return send_grpc
    from benchmarks.load_http import send_http  # noqa: PLC0415

    return send_http


if __name__ == "__main__":
    main()
