"""Network endpoints as Collector YAML writes them: `host:port`, `[v6]:port`, `:port`."""

__all__ = ("split_endpoint",)

_MAX_PORT = 65535


def split_endpoint(endpoint: str) -> tuple[str, int]:
    """The host, without brackets and empty for all interfaces, and the port.

    Raises `ValueError` when `endpoint` is not `host:port`.
    """
    host, colon, port = endpoint.rpartition(":")
    if not colon or not (port.isascii() and port.isdigit()) or int(port) > _MAX_PORT:
        raise ValueError(f"`endpoint` must be host:port: {endpoint!r}")
    if host.startswith("[") and host.endswith("]"):
        return host[1:-1], int(port)
    if any(one in host for one in ":[]/ "):
        raise ValueError(f"`endpoint` must be host:port, an IPv6 host in brackets: {endpoint!r}")
    return host, int(port)
