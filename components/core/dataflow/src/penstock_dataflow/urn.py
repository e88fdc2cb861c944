"""Names of node and extension types: `urn:otel:receiver:otlp`, or for short `receiver:otlp`."""

import re
from dataclasses import dataclass
from typing import Final, Self

from penstock_api import Kind

__all__ = ("NAMESPACE", "NODE_KINDS", "ExtensionUrn", "NodeUrn", "UrnError")

NAMESPACE: Final = "otel"
"""The namespace of the short form, and of every component of a distribution."""

NODE_KINDS: Final = (Kind.RECEIVER, Kind.PROCESSOR, Kind.EXPORTER)
"""What can be a node."""

_PART: Final = re.compile(r"[a-z0-9._-]+")
_NODE_FORM: Final = "write `<kind>:<id>` or `urn:<namespace>:<kind>:<id>`, for example `receiver:otlp`"
_EXTENSION_FORM: Final = (
    "write `extension:<id>` or `urn:<namespace>:extension:<id>`, for example `extension:basic_credentials`"
)
_NOT_NODES: Final = {
    "extension": ("an extension is not a node", "extensions are declared under `extensions`, beside `nodes`"),
    "connector": (
        "a connector is not a node",
        "`connections` join nodes here; connectors belong to `connectors` in a collector's file",
    ),
}


class UrnError(ValueError):
    """The text names no type; `hint` says how to mend it."""

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
        namespace, kind, name = _parts(text, "node", _NODE_FORM)
        if kind in _NOT_NODES:
            what, hint = _NOT_NODES[kind]
            raise UrnError(f"{what}: {text}", hint)
        if kind not in NODE_KINDS:
            raise UrnError(f"not a kind of node: {kind}", f"kinds are {', '.join(NODE_KINDS)}")
        _check_characters(text, namespace, name, _NODE_FORM)
        return cls(namespace, Kind(kind), name)

    @property
    def short(self) -> str:
        """The short form where there is one, else the whole name."""
        return f"{self.kind}:{self.id}" if self.namespace == NAMESPACE else str(self)

    def __str__(self) -> str:
        return f"urn:{self.namespace}:{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True)
class ExtensionUrn:
    """An extension type; no node type, so that neither can stand for the other."""

    namespace: str
    id: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read either form. Raises `UrnError`."""
        namespace, kind, name = _parts(text, "extension", _EXTENSION_FORM)
        if kind in NODE_KINDS:
            hint = "nodes are declared under `nodes`, in a pipeline"
            raise UrnError(f"not an extension: {text}", hint)
        if kind != Kind.EXTENSION:
            raise UrnError(f"not an extension: {text}", _EXTENSION_FORM)
        _check_characters(text, namespace, name, _EXTENSION_FORM)
        return cls(namespace, name)

    @property
    def short(self) -> str:
        """The short form where there is one, else the whole name."""
        return f"{Kind.EXTENSION}:{self.id}" if self.namespace == NAMESPACE else str(self)

    def __str__(self) -> str:
        return f"urn:{self.namespace}:{Kind.EXTENSION}:{self.id}"


def _parts(text: str, what: str, form: str) -> tuple[str, str, str]:
    """Namespace, kind and id, the first two in lower case."""
    parts = text.split(":")
    if len(parts) == 2:
        parts = ["urn", NAMESPACE, *parts]
    if len(parts) != 4 or parts[0].lower() != "urn" or not all(parts):
        article = "an" if what == "extension" else "a"
        raise UrnError(f"not the name of {article} {what} type: {text}", form)
    return parts[1].lower(), parts[2].lower(), parts[3]


def _check_characters(text: str, namespace: str, name: str, form: str) -> None:
    if not _PART.fullmatch(namespace) or not _PART.fullmatch(name):
        raise UrnError(f"only a-z, 0-9, `.`, `_` and `-` may stand in a name: {text}", form)
