"""What a component's `metadata.yaml` says, read strictly."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self  # Any: YAML

import yaml
from pydantic import Field, model_validator

from penstock_api import Config, ConfigError, Kind, Problem, Stability, decode

__all__ = ("Metadata", "Metric", "Telemetry", "TestsMetadata", "load_metadata")


class Metric(Config):
    """One instrument that the component itself asks for."""

    name: str
    """Its full name, `otelcol_...`."""

    unit: str
    """Its unit, in UCUM."""

    description: str
    """What it counts or shows."""

    attributes: tuple[str, ...] = ()
    """The keys of its attributes."""

    when: str = ""
    """The condition under which it exists, when it does not always."""


class Telemetry(Config):
    """What the component tells about itself."""

    metrics: tuple[Metric, ...] = ()
    """Its instruments."""


class TestsMetadata(Config):
    """What the shared contract needs to know; not for users."""

    __test__ = False

    config: Mapping[str, Any] | None = None  # Any: the component's own config
    """Used to start and stop instead of `config`: servers on port 0, files in `{tmp_path}`."""

    sink: Literal["", "otlp_grpc", "otlp_http"] = ""
    """Which server an exporter's ledger is checked against."""

    sink_config: Mapping[str, Any] = {}  # Any: the component's own config
    """Config of the exporter in that check; `{endpoint}` stands for the server's host and port."""

    capabilities: tuple[str, ...] = ()
    """Capabilities without which it cannot be made."""

    drops: tuple[str, ...] | None = None
    """Counters of items lost after they were accepted; by default `*dropped*` and `*send_failed*`."""


class Metadata(Config):
    """A `metadata.yaml`."""

    type: str
    """The id: what the user writes."""

    kind: Annotated[Kind, Field(alias="class", strict=False)]
    """Receiver, processor, ..."""

    description: str
    """One line for lists of components."""

    stability: Mapping[str, tuple[str, ...]]
    """Stability levels, each with the signals (or pairs, or the class) it holds for."""

    distributions: tuple[str, ...] = ()
    """The distributions that carry it."""

    telemetry: Telemetry = Telemetry()
    """What the component tells about itself."""

    config: Mapping[str, Any] = {}  # Any: the component's own config
    """A minimal valid config."""

    tests: TestsMetadata = TestsMetadata()
    """What the shared contract needs to know."""

    @model_validator(mode="after")
    def _levels_exist(self) -> Self:
        for level in self.stability:
            if level not in tuple(Stability):
                raise ValueError(f"`stability` has levels {', '.join(Stability)}: {level}")
        return self

    @property
    def levels(self) -> dict[str, Stability]:
        """The stability of each signal, in file order."""
        return {signal: Stability(level) for level, signals in self.stability.items() for signal in signals}

    @property
    def config_to_start(self) -> Mapping[str, Any]:  # Any: the component's own config
        """The config with which tests start it."""
        return self.config if self.tests.config is None else self.tests.config

    @property
    def drops(self) -> tuple[str, ...]:
        """Counters of items lost after they were accepted."""
        if self.tests.drops is not None:
            return self.tests.drops
        names = (metric.name for metric in self.telemetry.metrics)
        return tuple(name for name in names if "dropped" in name or "send_failed" in name)


def load_metadata(path: Path) -> Metadata:
    """Read a `metadata.yaml`. Raises `ConfigError` naming the file."""
    try:
        text = yaml.load(path.read_text(), Loader=yaml.CSafeLoader)
        return decode(Metadata, text)
    except ConfigError as error:
        where = str(path)
        raise ConfigError(*(Problem(one.path, one.what, one.hint, where) for one in error.problems)) from None
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError.single(f"{path}: {error}") from None
