"""Header compression (RFC 7541) by the `hpack` library, with the results for blocks that repeat kept."""

from collections.abc import Callable
from functools import lru_cache
from typing import Final, Generic, TypeVar

from hpack import Decoder, Encoder, HPACKError, OversizedHeaderListError
from hpack.table import HeaderTable

from penstock_wire.exchange import Pairs
from penstock_wire.h2.faults import COMPRESSION_ERROR, ENHANCE_YOUR_CALM, ConnectionFault

__all__ = ("BlockReader", "BlockWriter", "literal_block")

_KEPT: Final = 64
_T = TypeVar("_T")
_STATIC: Final = {pair: number for number, pair in enumerate(HeaderTable.STATIC_TABLE, 1)}
_NAMES: Final = {name: number for (name, _), number in reversed(_STATIC.items())}
_NO_UPDATE: Final = b"\x20"  # the first byte of a table size update, its size 0


class BlockReader(Generic[_T]):
    """Decodes the blocks of one connection.

    What a block means depends on the dynamic table. So its meaning is kept only while the table stays as it
    is, which it does as soon as a peer repeats itself.
    """

    __slots__ = ("_decoder", "_known", "_make", "_table", "known")

    def __init__(self, limit: int, make: Callable[[Pairs], _T]) -> None:
        """`make` turns pairs into what is kept; `limit` is the size of a list of headers."""
        self._decoder = Decoder(max_header_list_size=limit)
        self._table = self._decoder.header_table
        self._make = make
        self._known: dict[bytes, _T] = {}
        self.known: Callable[[bytes], _T | None] = self._known.get
        """The meaning of a block, if it came before and means the same now."""

    def read(self, block: bytes) -> _T:
        """The meaning of a block that is not `known`.

        Raises `ConnectionFault`, after which nothing can be decoded any more.
        """
        entries = self._table.dynamic_entries
        before = (len(entries), entries[0] if entries else None, self._table.maxsize)
        try:
            pairs = tuple(
                (bytes(name), bytes(value)) for name, value in self._decoder.decode(block, raw=True)
            )
        except OversizedHeaderListError:
            raise ConnectionFault(ENHANCE_YOUR_CALM, "the list of headers is too large") from None
        except (HPACKError, IndexError) as error:
            raise ConnectionFault(COMPRESSION_ERROR, f"the headers cannot be decoded: {error}") from error
        made = self._make(pairs)
        same = (
            len(entries) == before[0]
            and (entries[0] if entries else None) is before[1]
            and self._table.maxsize == before[2]
        )
        if not same or len(self._known) >= _KEPT:
            self._known.clear()
        if same:
            self._known[block] = made
        return made


class BlockWriter:
    """Encodes the blocks of one connection; what repeats becomes a byte per header."""

    __slots__ = ("_encoder", "_known")

    def __init__(self) -> None:
        self._encoder = Encoder()
        self._known: dict[Pairs, bytes] = {}

    def write(self, repeated: Pairs, single: Pairs = ()) -> bytes:
        """A block of `repeated`, which the peer is asked to remember, and `single`, which it is not."""
        known = self._known.get(repeated)
        if known is not None and not self._encoder.table_size_changes:
            return known + literal_block(single) if single else known
        entries = self._encoder.header_table.dynamic_entries
        before = (len(entries), entries[0] if entries else None)
        block = self._encoder.encode(repeated, huffman=True)
        if (len(entries), entries[0] if entries else None) != before or len(self._known) >= _KEPT:
            self._known.clear()
        elif not block.startswith(_NO_UPDATE):
            self._known[repeated] = block
        return block + literal_block(single)

    def limit_table(self, size: int) -> None:
        """The peer remembers no more than `size` bytes."""
        self._encoder.header_table_size = min(size, 4096)


@lru_cache(maxsize=1024)
def literal_block(pairs: Pairs) -> bytes:
    """`pairs` encoded so that the peer remembers nothing: the same bytes are right on every connection."""
    return b"".join(map(_literal, pairs))


def _literal(pair: tuple[bytes, bytes]) -> bytes:
    index = _STATIC.get(pair)
    if index is not None:
        return bytes((0x80 | index,))
    name, value = pair
    known = _NAMES.get(name)
    head = _number(known, 4) if known is not None else b"\x00" + _number(len(name), 7) + name
    return head + _number(len(value), 7) + value


def _number(value: int, bits: int) -> bytes:
    """An integer with a prefix of `bits` bits, the others 0 (RFC 7541, section 5.1)."""
    most = (1 << bits) - 1
    if value < most:
        return bytes((value,))
    out = bytearray((most,))
    value -= most
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
