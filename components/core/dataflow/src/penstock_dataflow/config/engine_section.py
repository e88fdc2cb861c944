"""Reads `engine`: what holds for the whole process."""

from collections.abc import Mapping
from typing import Any, Final  # Any: values that are not checked yet

from penstock_api.yaml import Path
from penstock_dataflow.config.engine import EngineSettings
from penstock_dataflow.config.policies import read_family
from penstock_dataflow.config.reader import Reader

__all__ = ("read_engine",)

_INTERNAL: Final = "begin a pipeline with `receiver:internal_telemetry`"
_REFUSED: Final[Mapping[Path, Mapping[str, str]]] = {
    ("engine",): {
        "controller": "declare the extension under `extensions`, at the top",
        "custom": "nothing here would read it: remove it",
        "observability": _INTERNAL,
        "observed_state": "states are kept for as long as they matter: remove it",
        "topics": "how a topic works follows from who subscribes to it: remove it",
    },
    ("engine", "telemetry"): {
        "detectors": "write what is to be told under `resource`",
        "reporting_channel_size": "metrics are read when they are asked for: remove it",
        "reporting_interval": "`receiver:internal_telemetry` says how often: `metrics: {interval: 1s}`",
    },
    ("engine", "telemetry", "logs"): {
        "providers": f"logs go to stderr; for other ways {_INTERNAL}",
        "tap": _INTERNAL,
    },
}
"""Keys of the original that make no sense here, and what to use instead."""


def read_engine(reader: Reader, value: Any) -> EngineSettings:
    """The `engine` of a file; the default when it is not there or is wrong."""
    plain = _without(reader, value, ("engine",), "telemetry", "logs")
    return read_family(reader, EngineSettings, plain, ("engine",)) or EngineSettings()


def _without(reader: Reader, value: Any, path: Path, *inside: str) -> Any:
    """`value` without what is refused in it, and in what stands `inside` it, one in the other."""
    if not isinstance(value, Mapping):
        return value
    found = dict(reader.without(value, path, _REFUSED[path]))
    if inside and inside[0] in found:
        found[inside[0]] = _without(reader, found[inside[0]], (*path, inside[0]), *inside[1:])
    return found
