"""Runs h2spec against our server: `python conform.py`. Needs a Go toolchain, which builds h2spec elsewhere."""

import asyncio
import os
import socket
import sys
import tempfile
from pathlib import Path

from penstock_testkit import FakeClock
from penstock_wire.exchange import Response
from penstock_wire.h2.server import ServerConnection
from penstock_wire.limits import ServerLimits
from penstock_wire.server import Server
from penstock_wire.service import Service

MODULE = "github.com/summerwind/h2spec/cmd/h2spec@latest"
HELLO = Response(200, ((b"content-type", b"text/plain"),), (b"hello\n",))


async def check() -> int:
    """The exit code of h2spec."""
    service = Service(
        lambda _request: HELLO,
        limits=ServerLimits(),
        clock=FakeClock(),
        spawn=asyncio.get_running_loop().create_task,
        failed=print,
    )
    server = Server(service, lambda: ServerConnection(service))
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    await server.start(listener)
    with tempfile.TemporaryDirectory() as folder:
        build = {**os.environ, "GOBIN": folder, "GOFLAGS": "-mod=mod"}
        code = await run("go", "install", MODULE, env=build)
        if not code:
            code = await run(str(Path(folder) / "h2spec"), "--strict", "-h", "127.0.0.1", "-p", str(port))
    await server.stop(lambda: 1.0)
    return code


async def run(*command: str, env: dict[str, str] | None = None) -> int:
    process = await asyncio.create_subprocess_exec(*command, env=env)
    return await process.wait()


if __name__ == "__main__":
    sys.exit(asyncio.run(check()))
