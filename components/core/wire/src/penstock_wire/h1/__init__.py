"""HTTP/1.1 (RFC 9112) on asyncio's protocols, parsed by httptools: a server and a client."""

__all__ = ()
