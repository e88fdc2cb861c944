"""Reads `policies`: the nearest scope that sets a family gives all of it, nothing is merged."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar  # Any: values that are not checked yet

from penstock_api import Config, Expanded, decode
from penstock_api.yaml import Path
from penstock_dataflow.config.families import ChannelCapacity, Health, Policies, RuntimeRecovery, Telemetry
from penstock_dataflow.config.reader import Reader
from penstock_dataflow.config.resources import CoreAllocation, MemoryLimiter, Workers, WorkersConfig

__all__ = ("FAMILIES", "NO_HEADERS", "Inherited", "read_family", "read_policies", "read_workers")

C = TypeVar("C", bound=Config)

FAMILIES: Final[Mapping[str, type[Config]]] = {
    "channel_capacity": ChannelCapacity,
    "health": Health,
    "runtime_recovery": RuntimeRecovery,
    "telemetry": Telemetry,
}
"""Every family that is one unit. `resources` is none: its parts are resolved one by one."""

_RESOURCES: Final = "core_allocation", "memory_limiter"
_LIMITERS: Final = "a rate limit is an extension: bind one with `capabilities: {rate_limiter: <extension>}`"
NO_HEADERS: Final = "requests are sent with what their exporter is given: remove it"
"""Why nothing says which headers of a request are kept and sent on."""

_NO_PURGE: Final = "memory is given back by itself: remove it"
_REFUSED: Final[Mapping[str, Mapping[str, str]]] = {
    "policies": {"transport_headers": NO_HEADERS},
    "channel_capacity": {
        "control": "control messages do not wait in queues here; `pdata` bounds what waits: remove it"
    },
    "telemetry": {
        "flow_metrics": "every node is measured: write `runtime_metrics: detailed`",
        "tokio_metrics": "there is no tokio here: `runtime_metrics: detailed` tells what there is",
    },
    "resources": {"rate_limiters": _LIMITERS},
    "memory_limiter": {"purge_on_hard": _NO_PURGE, "purge_min_interval": _NO_PURGE},
}
"""Keys of the original that make no sense here, and what to use instead."""


@dataclass(frozen=True, slots=True)
class Inherited:
    """What the scopes so far have set."""

    families: Mapping[str, Config] = field(default_factory=dict)
    workers: Workers | None = None
    memory_limiter: MemoryLimiter | None = None

    def policies(self) -> Policies:
        """What holds, defaults filled in."""
        return Policies(**self.families)  # type: ignore[arg-type] # each family is of the type of its key


def read_policies(reader: Reader, value: Any, path: Path, outer: Inherited | None = None) -> Inherited:
    """What holds below the `policies` at `path`; without `outer` they are those of the top."""
    found = reader.mapping(value, path, known=(*FAMILIES, "resources"), refused=_REFUSED["policies"])
    families = dict((outer or Inherited()).families)
    for name in FAMILIES:
        if name in found:
            family = read_family(reader, FAMILIES[name], found[name], (*path, name), _REFUSED.get(name, {}))
            families[name] = family or FAMILIES[name]()
    below = (*path, "resources")
    resources = reader.mapping(
        found.get("resources"),
        below,
        known=("core_allocation", "memory_limiter"),
        refused=_REFUSED["resources"],
    )
    limiter = outer.memory_limiter if outer else None
    if "memory_limiter" in resources:
        where = (*below, "memory_limiter")
        limiter = read_family(
            reader, MemoryLimiter, resources["memory_limiter"], where, _REFUSED["memory_limiter"]
        )
        if outer is not None:
            reader.problem(where, "memory is that of the whole process", "move it to `policies` at the top")
    workers = outer.workers if outer else None
    if "core_allocation" in resources:
        where = (*below, "core_allocation")
        allocation = read_family(reader, CoreAllocation, resources["core_allocation"], where)
        workers = allocation.resolved() if allocation is not None else workers
    return Inherited(families, workers, limiter)


def read_family(
    reader: Reader, model: type[C], value: Any, path: Path, refused: Mapping[str, str] | None = None
) -> C | None:
    """The `value` at `path` as a `model`; None when it is wrong. `refused` is as in `Reader.without`."""
    plain = value.value if isinstance(value, Expanded) else value
    if isinstance(plain, Mapping):
        plain = reader.without(plain, path, refused or {})
    return reader.attempt(lambda: decode(model, plain, path))


def read_workers(reader: Reader, found: Mapping[str, Any], path: Path, inherited: Inherited) -> Workers:
    """`workers` of the pipeline at `path`, or what `core_allocation` asks for."""
    if found.get("workers") is None:
        return inherited.workers or Workers()
    where, value = (*path, "workers"), found["workers"]
    value = value.value if isinstance(value, Expanded) else value
    if isinstance(value, int) and not isinstance(value, bool):
        if value < 1:
            reader.problem(where, f"must be at least 1: {value}")
            return Workers()
        value = {"count": value}
    if not isinstance(value, Mapping):
        reader.problem(where, f"expected a number of copies, or a mapping: {value!r}")
        return Workers()
    read = read_family(reader, WorkersConfig, value, where)
    policies = found.get("policies")
    resources = policies.get("resources") if isinstance(policies, Mapping) else None
    if isinstance(resources, Mapping) and "core_allocation" in resources:
        what = "`workers` and `core_allocation` of one pipeline say the same in two ways"
        reader.problem(where, what, "remove one of them")
    return read.resolved() if read is not None else Workers()
