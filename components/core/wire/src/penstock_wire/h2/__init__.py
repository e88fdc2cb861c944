"""HTTP/2 (RFC 9113), server and client."""

__all__ = ()
