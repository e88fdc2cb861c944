"""Feature gates: behaviour that a user may switch on or off while it grows up."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from penstock_api import ConfigError, FeatureGateView

__all__ = ("GATES", "Gate", "Gates", "Stage")


class Stage(StrEnum):
    """How grown up the behaviour behind a gate is."""

    ALPHA = "Alpha"
    BETA = "Beta"
    STABLE = "Stable"
    DEPRECATED = "Deprecated"

    @property
    def default(self) -> bool:
        """Whether the behaviour is on when nobody says so."""
        return self in {Stage.BETA, Stage.STABLE}


_ID = re.compile(r"[0-9a-zA-Z.]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One gate. A stable one is always on, a deprecated one always off."""

    id: str
    stage: Stage
    description: str
    from_version: str
    to_version: str = ""

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ValueError(f"a gate's id is letters, digits and dots: {self.id}")


@dataclass(frozen=True, slots=True)
class Gates:
    """The known gates, and which of them the user switched."""

    known: tuple[Gate, ...]
    switched: Mapping[str, bool]
    notices: tuple[str, ...] = ()

    @classmethod
    def parse(cls, texts: Iterable[str], known: tuple[Gate, ...]) -> "Gates":
        """Read `--feature-gates` values: comma lists of `id`, `+id` and `-id`. Raises `ConfigError`."""
        table = {gate.id: gate for gate in known}
        switched: dict[str, bool] = {}
        notices: list[str] = []
        for part in ",".join(texts).split(","):
            if not part.strip():
                continue
            on = not part.strip().startswith("-")
            name = part.strip().removeprefix("-").removeprefix("+")
            if name not in table:
                raise ConfigError.single(f'no such feature gate "{name}". valid gates: [{", ".join(table)}]')
            notices.extend(_switch(table[name], on=on))
            switched[name] = on
        return cls(known, switched, tuple(notices))

    def enabled(self, name: str) -> bool:
        """Whether the behaviour behind gate `name` is on."""
        return self.switched.get(name, self.gate(name).stage.default)

    def view(self) -> tuple[FeatureGateView, ...]:
        """Every gate as it stands, sorted by id."""
        return tuple(
            FeatureGateView(
                id=gate.id,
                enabled=self.enabled(gate.id),
                stage=gate.stage.value,
                description=gate.description,
                from_version=gate.from_version,
            )
            for gate in sorted(self.known, key=lambda gate: gate.id)
        )

    def gate(self, name: str) -> Gate:
        """The gate called `name`. Raises `ConfigError`."""
        found = next((gate for gate in self.known if gate.id == name), None)
        if found is None:
            raise ConfigError.single(f'feature "{name}" not found')
        return found


def _switch(gate: Gate, *, on: bool) -> Iterable[str]:
    """What to tell who switches `gate`. Raises `ConfigError` when it cannot be switched that way."""
    if gate.stage is Stage.STABLE and not on:
        raise ConfigError.single(f'feature gate "{gate.id}" is stable, can not be disabled')
    if gate.stage is Stage.DEPRECATED and on:
        raise ConfigError.single(f'feature gate "{gate.id}" is deprecated, can not be enabled')
    if gate.stage is Stage.STABLE:
        yield f'feature gate "{gate.id}" is stable and already enabled, it will be removed'


GATES: Final = (
    Gate(
        id="confmap.enableMergeAppendOption",
        stage=Stage.ALPHA,
        description="Lists of extensions, receivers and exporters under `service` are joined, not replaced, "
        "when several configurations are merged.",
        from_version="0.1.0",
    ),
    Gate(
        id="service.AllowNoPipelines",
        stage=Stage.ALPHA,
        description="A configuration may have no receivers, exporters and pipelines.",
        from_version="0.1.0",
    ),
)
"""The gates of this collector, sorted by id."""
