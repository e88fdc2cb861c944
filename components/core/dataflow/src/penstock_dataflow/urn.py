"""Names of node types: `urn:otel:receiver:otlp`, or for short `receiver:otlp`."""

import re
from dataclasses import dataclass
from typing import Final, Self

from penstock_api import Kind

__all__ = ("NAMESPACE", "NODE_KINDS", "NodeUrn", "UrnError")

NAMESPACE: Final = "otel"
"""The namespace of the short form, and of every component of a distribution."""

NODE_KINDS: Final = (Kind.RECEIVER, Kind.PROCESSOR, Kind.EXPORTER)
"""What can be a node."""

_ID: Final = re.compile(r"[a-z0-9._-]+")
_NAMESPACE: Final = re.compile(r"[a-z0-9._-]+")
_FORM: Final = "write `<kind>:<id>` or `urn:<namespace>:<kind>:<id>`, for example `receiver:otlp`"
_ELSEWHERE: Final = {
    "extension": ("an extension is not a node", "extensions are declared under `extensions`, beside `nodes`"),
    "connector": (
        "a connector is not a node",
        "`connections` join nodes here; connectors belong to `connectors` in a collector's file",
    ),
}


class UrnError(ValueError):
    """The text names no node type; `hint` says how to mend it."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what, hint)
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        return self.what


@dataclass(frozen=True, slots=True)
class NodeUrn:
    """A node type. Scheme, namespace and kind are read in any case; the id is taken as it is."""

    namespace: str
    kind: Kind
    id: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read either form. Raises `UrnError`."""
        parts = text.split(":")
        if len(parts) == 2:
            parts = ["urn", NAMESPACE, *parts]
        if len(parts) != 4 or parts[0].lower() != "urn" or not all(parts):
            raise UrnError(f"not the name of a node type: {text}", _FORM)
        namespace, kind, name = parts[1].lower(), parts[2].lower(), parts[3]
        if kind in _ELSEWHERE:
            what, hint = _ELSEWHERE[kind]
            raise UrnError(f"{what}: {text}", hint)
        if kind not in NODE_KINDS:
            raise UrnError(f"not a kind of node: {kind}", f"kinds are {', '.join(NODE_KINDS)}")
        if not _NAMESPACE.fullmatch(namespace) or not _ID.fullmatch(name):
            raise UrnError(f"only a-z, 0-9, `.`, `_` and `-` may stand in a name: {text}", _FORM)
        return cls(namespace, Kind(kind), name)

    @property
    def short(self) -> str:
        """The short form where there is one, else the whole name."""
        return f"{self.kind}:{self.id}" if self.namespace == NAMESPACE else str(self)

    def __str__(self) -> str:
        return f"urn:{self.namespace}:{self.kind}:{self.id}"
