"""What each side tells the other about itself (RFC 9113, section 6.5)."""

from collections.abc import Mapping
from struct import Struct
from typing import Final

from penstock_wire.h2.faults import FLOW_CONTROL_ERROR, FRAME_SIZE_ERROR, PROTOCOL_ERROR, ConnectionFault
from penstock_wire.h2.frames import MAX_FRAME, MAX_WINDOW, SETTINGS, frame

__all__ = (
    "ENABLE_PUSH",
    "HEADER_TABLE_SIZE",
    "INITIAL_WINDOW_SIZE",
    "MAX_CONCURRENT_STREAMS",
    "MAX_FRAME_SIZE",
    "MAX_HEADER_LIST_SIZE",
    "parse_settings",
    "settings_frame",
)

HEADER_TABLE_SIZE: Final = 0x1
ENABLE_PUSH: Final = 0x2
MAX_CONCURRENT_STREAMS: Final = 0x3
INITIAL_WINDOW_SIZE: Final = 0x4
MAX_FRAME_SIZE: Final = 0x5
MAX_HEADER_LIST_SIZE: Final = 0x6

_ENTRY: Final = Struct(">HL")


def settings_frame(values: Mapping[int, int]) -> bytes:
    """A SETTINGS frame."""
    return frame(SETTINGS, 0, 0, b"".join(_ENTRY.pack(key, value) for key, value in values.items()))


def parse_settings(payload: bytes) -> list[tuple[int, int]]:
    """The values of a SETTINGS frame, in order, unknown ones included. Raises `ConnectionFault`."""
    if len(payload) % _ENTRY.size:
        raise ConnectionFault(FRAME_SIZE_ERROR, "settings are cut off")
    found = list(_ENTRY.iter_unpack(payload))
    for key, value in found:
        if key == ENABLE_PUSH and value > 1:
            raise ConnectionFault(PROTOCOL_ERROR, f"the setting ENABLE_PUSH is neither 0 nor 1: {value}")
        if key == INITIAL_WINDOW_SIZE and value > MAX_WINDOW:
            raise ConnectionFault(
                FLOW_CONTROL_ERROR, f"the setting INITIAL_WINDOW_SIZE is too large: {value}"
            )
        if key == MAX_FRAME_SIZE and not MAX_FRAME <= value < 1 << 24:
            raise ConnectionFault(PROTOCOL_ERROR, f"the setting MAX_FRAME_SIZE is out of range: {value}")
    return found
