"""The generator, a process of its own: sends requests over several connections and tells how that went.

Connects, says `ready`, waits for a line; sends, tells an `Outcome` as JSON, and closes when its input ends.
`python -m benchmarks.load grpc 127.0.0.1:4317 --spans 100 --requests 4000`
"""

import argparse
import asyncio
import dataclasses
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Protocol as Typed

from benchmarks.cases import Protocol, Shape
from benchmarks.payload import build_requests

__all__ = ("Outcome", "Sender", "main")


@dataclass(slots=True)
class Outcome:
    """How many requests were accepted, and the first answer that was something else."""

    accepted: int = 0
    refused: int = 0
    error: str = ""
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    size: int = 0
    """Bytes of the requests that were sent."""

    def note(self, error: str) -> None:
        """Count one answer; `error` is empty for an accepted request."""
        if not error:
            self.accepted += 1
            return
        self.refused += 1
        self.error = self.error or error


class Sender(Typed):
    """The connections to one server."""

    async def connect(self) -> None:
        """Make them. Raises `OSError`."""

    async def send(self, bodies: Iterator[bytes], outcome: Outcome) -> None:
        """Send each of `bodies` once, over whichever connection is free first."""

    async def close(self) -> None:
        """Close them."""


def main() -> None:
    """Send what the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("protocol", type=Protocol)
    parser.add_argument("address")
    parser.add_argument("--spans", type=int, default=100)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--in-flight", type=int, default=4)
    parser.add_argument("--authority", default="", help="TLS, with the certificates of this file")
    parser.add_argument("--timeout", type=float, default=60.0)
    options = parser.parse_args()
    asyncio.run(_main(options))


async def _main(options: argparse.Namespace) -> None:
    requests = build_requests(options.spans)
    sender = _sender(options)
    outcome = Outcome(size=sum(map(len, islice(cycle(requests), options.requests))))
    try:
        await asyncio.wait_for(sender.connect(), options.timeout)
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        cpu, started = time.process_time(), time.monotonic()
        bodies = islice(cycle(requests), options.requests)
        await asyncio.wait_for(sender.send(bodies, outcome), options.timeout)
        outcome.seconds = time.monotonic() - started
        outcome.cpu_seconds = time.process_time() - cpu
    except (TimeoutError, OSError) as error:
        outcome.error = str(error) or f"not done after {options.timeout} s"
    print(json.dumps(dataclasses.asdict(outcome)), flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await sender.close()


def _sender(options: argparse.Namespace) -> Sender:
    shape = Shape(options.connections, options.in_flight)
    if options.protocol is Protocol.GRPC:
        from benchmarks.load_grpc import GrpcSender  # noqa: PLC0415 - grpc is large, and not for HTTP

        return GrpcSender(options.address, shape, options.authority)
    from benchmarks.load_http import HttpSender  # noqa: PLC0415

    return HttpSender(options.address, shape, options.authority)


if __name__ == "__main__":
    main()
