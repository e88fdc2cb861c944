"""Who is at the other end of a connection."""

import asyncio

__all__ = ("peer_of",)


def peer_of(transport: asyncio.BaseTransport) -> str:
    """The peer's `host:port`; its path for a unix socket, which mostly has none."""
    name = transport.get_extra_info("peername")
    if isinstance(name, tuple):
        host, port = name[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return f"unix:{name}" if isinstance(name, str) else ""
