"""Messages in the body of a call: a flag, a length, and the bytes."""

from collections.abc import Sequence
from struct import Struct
from typing import Final

from penstock_wire.compress import Inflate
from penstock_wire.exchange import Buffer

__all__ = ("FramingError", "MessageTooLargeError", "prefix", "unframe")

_PREFIX: Final = Struct(">BL")
_SIZE: Final = 5


class FramingError(Exception):
    """The body does not hold exactly one message."""


class MessageTooLargeError(Exception):
    """The message is larger than allowed."""


def prefix(size: int, *, compressed: bool = False) -> bytes:
    """What comes before a message of `size` bytes."""
    return _PREFIX.pack(compressed, size)


def unframe(parts: Sequence[Buffer], size: int, limit: int, inflate: Inflate | None) -> bytes:
    """The one message in a body of `size` bytes; `inflate` undoes the call's coding, None when it has none.

    Raises `FramingError`, `MessageTooLargeError`, and what `inflate` raises.
    """
    if size < _SIZE:
        raise FramingError("there is no message" if not size else "the message is cut off")
    first = parts[0]
    if len(first) < _SIZE:
        first, parts = b"".join(parts), ()
    flag, length = _PREFIX.unpack_from(first)
    if length > limit:
        raise MessageTooLargeError(f"the message is larger than {limit} bytes: {length}")
    if length != size - _SIZE:
        many = length < size - _SIZE
        raise FramingError("there is more than one message" if many else "the message is cut off")
    rest = first[_SIZE:]
    message = bytes(rest) if len(parts) < 2 else b"".join((rest, *parts[1:]))
    if flag == 0:
        return message
    if flag != 1 or inflate is None:
        raise FramingError("the message is compressed, and the call does not say how")
    return inflate(message, limit)
