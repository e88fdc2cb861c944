"""The headers of a call that belong to the application, and the form in which bytes travel in them."""

import binascii
from typing import Final

from penstock_wire.exchange import Pairs

__all__ = ("decode_metadata", "encode_metadata")

_BINARY: Final = b"-bin"
_OWN: Final = frozenset(
    (
        b"content-type",
        b"te",
        b"grpc-accept-encoding",
        b"grpc-encoding",
        b"grpc-message",
        b"grpc-message-type",
        b"grpc-status",
        b"grpc-timeout",
    )
)


def encode_metadata(pairs: Pairs) -> Pairs:
    """`pairs` as they are sent: values of names that end in `-bin` in base64."""
    return tuple(
        (name, binascii.b2a_base64(value, newline=False).rstrip(b"=") if name.endswith(_BINARY) else value)
        for name, value in pairs
    )


def decode_metadata(pairs: Pairs) -> Pairs:
    """What of received headers is the application's, as it was before it was sent."""
    return tuple(
        (name, _bytes(value) if name.endswith(_BINARY) else value)
        for name, value in pairs
        if name not in _OWN
    )


def _bytes(value: bytes) -> bytes:
    """Base64, padded or not; what is none stays as it is."""
    try:
        return binascii.a2b_base64(value + b"=" * (-len(value) % 4), strict_mode=True)
    except binascii.Error:
        return value
