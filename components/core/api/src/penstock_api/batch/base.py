"""The batch: wire buffers first, protobuf messages on request."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar

from penstock_api.client import NO_CLIENT, Client
from penstock_api.errors import MalformedError, PenstockError
from penstock_api.signal import Signal

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from penstock_api.batch.schema import Schema

__all__ = ("AnyBatch", "Batch")

M = TypeVar("M", bound="Message")


class Batch(Generic[M]):
    """Telemetry of one signal. Immutable from outside, except through `edit`.

    Made by `from_wire`, `from_message`, `from_json` or `join`. `len(batch)` is the number of items: spans,
    metric points or log records. Converted lazily and never twice.
    """

    __slots__ = ("_client", "_items", "_message", "_shared", "_size", "_wire")

    signal: ClassVar[Signal]

    def __init__(self, wire: tuple[bytes, ...] | None, message: M | None, items: int, client: Client) -> None:
        """For the class methods; at least one of `wire` and `message` is given."""
        self._wire = wire
        self._message = message
        self._items = items
        self._client = client
        self._shared = False
        self._size = -1

    # -- making -------------------------------------------------------------------------------------

    @classmethod
    def from_wire(cls, data: bytes, client: Client = NO_CLIENT) -> Self:
        """Take one OTLP export request as it came. Counts its items without opening one.

        Raises `MalformedError` when `data` is not a valid request.
        """
        return cls((data,), None, cls._schema().count(data), client)

    @classmethod
    def from_message(cls, message: M, client: Client = NO_CLIENT) -> Self:
        """Take a protobuf export request; the batch owns it from now on."""
        return cls(None, message, cls._schema().count_message(message), client)

    @classmethod
    def from_json(cls, text: bytes, client: Client = NO_CLIENT) -> Self:
        """Take one OTLP/JSON export request. Raises `MalformedError`."""
        from penstock_api.batch.otlp_json import parse  # noqa: PLC0415 - only who speaks JSON pays for it

        message = cls._new_message()
        parse(text, message)
        return cls.from_message(message, client)

    @classmethod
    def join(cls, batches: Iterable[Self], client: Client | None = None) -> Self:
        """All items of `batches`, in order, without touching one.

        The client is `client`; without one it is kept where all share it.
        """
        parts = tuple(batches)
        if client is None:
            client = parts[0].client if parts else NO_CLIENT
            if any(part.client is not client and part.client != client for part in parts):
                client = NO_CLIENT
        wire = tuple(buffer for part in parts for buffer in part.wire)
        return cls(wire, None, sum(map(len, parts)), client)

    # -- reading ------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return self._items

    @property
    def client(self) -> Client:
        """Who sent it; `NO_CLIENT` where unknown or mixed."""
        return self._client

    @property
    def wire(self) -> tuple[bytes, ...]:
        """OTLP request buffers; joined, they are one valid request."""
        if self._wire is None:
            assert self._message is not None
            self._wire = (self._message.SerializeToString(),)
        return self._wire

    @property
    def size(self) -> int:
        """Bytes on the wire, before compression."""
        if self._size < 0:
            self._size = sum(map(len, self.wire))
        return self._size

    def to_bytes(self) -> bytes:
        """One valid OTLP request."""
        wire = self.wire
        return wire[0] if len(wire) == 1 else b"".join(wire)

    def to_json(self) -> bytes:
        """One OTLP/JSON request on one line, without a newline."""
        from penstock_api.batch.otlp_json import dump  # noqa: PLC0415 - only who speaks JSON pays for it

        return dump(self.message())

    def message(self) -> M:
        """The protobuf request, to be read only. Raises `MalformedError` when an item is broken inside."""
        if self._message is None:
            self._message = self._parse()
        return self._message

    def readable(self) -> tuple[Self, int]:
        """What can be decoded, request by request, and the number of items in requests that cannot.

        For who met `MalformedError`: one sender's broken item must not cost those it was joined with theirs.
        """
        whole, broken = [], 0
        for data in self.wire:
            one = type(self).from_wire(data, self._client)
            try:
                one.message()
            except MalformedError:
                broken += len(one)
            else:
                whole.append(one)
        return type(self).join(whole, self._client), broken

    # -- changing -----------------------------------------------------------------------------------

    def edit(self) -> M:
        """Give up the batch for its protobuf request, to be changed and made into a new batch.

        For components that declare `mutates_data`. Raises `PenstockError` on a shared batch: the caller's
        factory did not declare it. Raises `MalformedError` when an item is broken inside.
        """
        if self._shared:
            raise PenstockError("a component edits a shared batch: its factory must declare `mutates_data`")
        message = self.message()
        self._wire, self._message, self._size = None, message, -1
        return message

    def share(self) -> Self:
        """Mark as read by several consumers: from now on `edit` is refused. Returns itself."""
        self._shared = True
        return self

    def copy(self) -> Self:
        """A private batch with the same items. Shares the buffers, never the messages."""
        return type(self)(self.wire, None, self._items, self._client)

    def split(self, limit: int, *, first: int = 0) -> tuple[Self, ...]:
        """Cut into batches of at most `limit` items, in order; itself when it fits.

        `first`, if given, is the size of the first one, to fill up what others have begun.
        """
        if limit < 1 or first < 0:
            raise ValueError(f"a batch cannot be split into pieces of {min(limit, first)} items")
        first = first or limit
        if self._items <= first:
            return (self,)
        pieces = self._schema().split(self.to_bytes(), limit, first)
        return tuple(type(self)((data,), None, items, self._client) for data, items in pieces)

    # -- for the signals ----------------------------------------------------------------------------

    @classmethod
    def _schema(cls) -> "Schema":
        """Counts and splits requests of this signal."""
        raise AssertionError(cls)

    @classmethod
    def _new_message(cls) -> M:
        """An empty request message of this signal."""
        raise AssertionError(cls)

    def _parse(self) -> M:
        from google.protobuf.message import DecodeError  # noqa: PLC0415 - protobuf is loaded when needed

        message = self._new_message()
        try:
            message.ParseFromString(self.to_bytes())
        except DecodeError as error:
            raise MalformedError(f"not a valid OTLP {self.signal} request: {error}") from error
        return message

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._items} {self.signal.items}>"


AnyBatch = Batch[Any]  # Any: where the signal, and so the message type, does not matter
