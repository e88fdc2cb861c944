"""Writes what is held in pieces, without joining them."""

import asyncio
from collections.abc import Sequence

from penstock_wire.exchange import Buffer

__all__ = ("write_pieces",)


def write_pieces(transport: asyncio.Transport, pieces: Sequence[Buffer]) -> None:
    """Write `pieces`, of which there is at least one.

    The last goes by `write`: asyncio's `writelines` does not call `pause_writing` in every version of Python,
    and who does not read would go unnoticed.
    """
    if len(pieces) > 1:
        transport.writelines(pieces[:-1])
    transport.write(pieces[-1])
