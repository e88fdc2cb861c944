"""Opens the socket that a server listens on."""

import contextlib
import errno
import os
import socket
import stat

from penstock_api import GrpcServerConfig, HttpServerConfig, StartError, split_endpoint
from penstock_receiver_otlp.transport import Address

__all__ = ("address_of", "listen")


def listen(
    config: GrpcServerConfig | HttpServerConfig, protocol: str, *, reuse_port: bool = False
) -> socket.socket:
    """A listening socket for the endpoint, shared with other processes if wanted. Raises `StartError`."""
    try:
        listener = (
            _unix(config.endpoint)
            if config.transport == "unix"
            else _tcp(config.endpoint, reuse_port=reuse_port)
        )
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise StartError(f"cannot listen for {protocol} on `endpoint` {config.endpoint}: {reason}") from error
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)  # connections inherit it
    return listener


def address_of(listener: socket.socket) -> Address:
    """Where `listener` listens."""
    name = listener.getsockname()
    return (name, 0) if isinstance(name, str) else (name[0], name[1])


def _tcp(endpoint: str, *, reuse_port: bool) -> socket.socket:
    """On one address, as the Collector does: the first IPv4 one of a name, all interfaces without a host."""
    host, port = split_endpoint(endpoint)
    if not host and socket.has_dualstack_ipv6():
        return socket.create_server(
            ("", port), family=socket.AF_INET6, dualstack_ipv6=True, reuse_port=reuse_port
        )
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, _, _, _, where = min(found, key=lambda one: one[0] != socket.AF_INET)
    return socket.create_server(where[:2], family=family, reuse_port=reuse_port)


def _unix(path: str) -> socket.socket:
    """A socket file on which nobody listens, left over by a process that was killed, is replaced."""
    with socket.socket(socket.AF_UNIX) as probe, contextlib.suppress(FileNotFoundError):
        refused = probe.connect_ex(path) == errno.ECONNREFUSED
        if refused and stat.S_ISSOCK(os.stat(path).st_mode):  # noqa: PTH116 - the endpoint is a string
            os.unlink(path)  # noqa: PTH108
    listener = socket.socket(socket.AF_UNIX)
    try:
        listener.bind(path)
    except OSError:
        listener.close()
        raise
    return listener
