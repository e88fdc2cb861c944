"""HTTP/1.1, HTTP/2 and unary gRPC on asyncio protocols, server and client. Knows no telemetry."""

__all__ = ()
