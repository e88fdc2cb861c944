"""What goes wrong on the wire, named by what the caller can do about it."""

__all__ = (
    "DisconnectedError",
    "ProtocolError",
    "RefusedError",
    "ResetError",
    "WireError",
)


class WireError(Exception):
    """The root of all of them; `compress` has its own."""


class DisconnectedError(WireError):
    """The connection could not be made, or ended before the reply: whether the peer acted is not known."""


class RefusedError(WireError):
    """The peer has not acted on the request and says so: it is safe to send it again."""


class ResetError(WireError):
    """This one request was given up; `code` is HTTP/2's error code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code

    def __str__(self) -> str:
        return f"the stream was reset: error code {self.code}"


class ProtocolError(WireError):
    """The peer does not keep to the protocol; the connection is closed."""
