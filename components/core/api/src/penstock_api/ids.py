"""Component and pipeline ids: `type[/name]` and `signal[/name]`."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from penstock_api.signal import Signal

__all__ = ("ComponentId", "Kind", "PipelineId")

_TYPE = re.compile(r"[a-zA-Z][0-9a-zA-Z_]{0,62}")
_NAME_LIMIT = 1024


class Kind(StrEnum):
    """The kinds of component; the value names the folder, the project and the entry-point group."""

    RECEIVER = "receiver"
    PROCESSOR = "processor"
    EXPORTER = "exporter"
    CONNECTOR = "connector"
    EXTENSION = "extension"
    PROVIDER = "provider"
    CONVERTER = "converter"

    @property
    def section(self) -> str:
        """The section of Collector YAML that configures this kind: `receivers`."""
        return f"{self.value}s"


@dataclass(frozen=True, slots=True)
class ComponentId:
    """`type[/name]`, as written in Collector YAML. Compares and hashes by both parts."""

    kind: str
    name: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an id; spaces around it and around the first `/` do not count.

        Raises `ValueError` whose text says which part is wrong.
        """
        kind, name = _parts(text)
        if not _TYPE.fullmatch(kind):
            raise ValueError(f'invalid character(s) in type "{kind}"')
        return cls(kind, name)

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}" if self.name else self.kind


@dataclass(frozen=True, slots=True)
class PipelineId:
    """`signal[/name]`, as written under `service.pipelines`."""

    signal: Signal
    name: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an id. Raises `ValueError` whose text says which part is wrong."""
        signal, name = _parts(text)
        try:
            return cls(Signal(signal), name)
        except ValueError:
            known = ", ".join(Signal)
            raise ValueError(f'unknown signal "{signal}": signals are {known}') from None

    def __str__(self) -> str:
        return f"{self.signal}/{self.name}" if self.name else self.signal.value


def _parts(text: str) -> tuple[str, str]:
    head, slash, name = text.partition("/")
    head, name = head.strip(), name.strip()
    if not head:
        raise ValueError(
            f'in "{text}" id: the part before / should not be empty' if slash else "id must not be empty"
        )
    if slash and not name:
        raise ValueError(f'in "{text}" id: the part after / should not be empty')
    if len(name) > _NAME_LIMIT or any(unicodedata.category(c)[0] in "ZCS" for c in name):
        raise ValueError(f'invalid character(s) in name "{name[:80]}"')
    return head, name
