"""Unary gRPC on HTTP/2."""

__all__ = ()
