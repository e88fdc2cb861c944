"""Undoes content encodings, never making more bytes than allowed; in the words of this receiver's errors."""

from collections.abc import Callable
from typing import Final

from penstock_api import MalformedError
from penstock_receiver_otlp.transport import TooLargeError
from penstock_wire.compress import CodingError, InflatedTooLargeError, inflater

__all__ = ("Inflate", "inflaters")

Inflate = Callable[[bytes, int], bytes]
"""Takes an encoded body and a limit; raises `MalformedError`, and `TooLargeError` beyond the limit."""

_PLAIN: Final = b""


def inflaters(names: tuple[str, ...]) -> dict[bytes, Inflate | None]:
    """What to do with a body, for every value of `Content-Encoding` that is accepted; None is nothing."""
    found = {name.encode(): _inflater(name) if name else None for name in names}
    return found | {b"identity": None} if _PLAIN in found else found


def _inflater(name: str) -> Inflate:
    undo = inflater(name)

    def inflate(data: bytes, limit: int) -> bytes:
        try:
            return undo(data, limit)
        except CodingError as error:
            raise MalformedError(str(error)) from error
        except InflatedTooLargeError as error:
            raise TooLargeError from error

    return inflate
