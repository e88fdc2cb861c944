"""A batch as bytes in a store, with what is known of its sender."""

import json
import struct
from dataclasses import dataclass
from typing import Any, Final, TypeVar  # Any: what JSON holds

from penstock_api.auth import Identity
from penstock_api.batch import AnyBatch
from penstock_api.client import Client

__all__ = ("StoredKey", "pack", "unpack")

B = TypeVar("B", bound=AnyBatch)
_MAGIC: Final = b"PNQ1"
_HEAD: Final = struct.Struct(">4sI")


@dataclass(frozen=True, slots=True, order=True)
class StoredKey:
    """What a key tells of its batch unread. Keys sort by `number`; `run` tells processes apart."""

    number: int
    run: str
    items: int
    size: int

    def __str__(self) -> str:
        return f"{self.number:016x}-{self.run}-{self.items}-{self.size}"

    @classmethod
    def parse(cls, text: str) -> "StoredKey":
        """Raises `ValueError` when `text` is not such a key."""
        number, run, items, size = text.split("-")
        return cls(int(number, 16), run, int(items), int(size))


def pack(batch: AnyBatch) -> bytes:
    """`batch` as one value."""
    client, who = batch.client, batch.client.identity
    head: dict[str, object] = {"address": client.address, "metadata": dict(client.metadata)}
    if who is not None:
        head["identity"] = {"principal": who.principal, "scheme": who.scheme, "claims": dict(who.claims)}
    text = json.dumps(head, default=str).encode()
    return b"".join((_HEAD.pack(_MAGIC, len(text)), text, *batch.wire))


def unpack(kind: type[B], value: bytes) -> B:
    """The batch in `value`. Raises `ValueError` or `MalformedError` when it is not one."""
    if len(value) < _HEAD.size:
        raise ValueError("it is cut off")
    magic, length = _HEAD.unpack_from(value)
    start = _HEAD.size + length
    if magic != _MAGIC or len(value) < start:
        raise ValueError("it is not a stored batch")
    return kind.from_wire(value[start:], _client(json.loads(value[_HEAD.size : start])))


def _client(head: dict[str, Any]) -> Client:  # Any: JSON, of which a wrong one is an error of its own
    metadata = {name: tuple(values) for name, values in head["metadata"].items()}
    found = head.get("identity")
    identity = None
    if found is not None:
        claims = {name: tuple(one) if isinstance(one, list) else one for name, one in found["claims"].items()}
        identity = Identity(principal=found["principal"], scheme=found["scheme"], claims=claims)
    return Client(address=head["address"], metadata=metadata, identity=identity)
