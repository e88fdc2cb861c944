"""An engine that remembers what it was asked, and whose changes end when a test says so."""

import types

from penstock_api import ComponentId, ConfigError, Kind, Problem, Series, Status, StatusEvent
from penstock_dataflow.controller import (
    BusyError,
    Condition,
    CopyStatus,
    NotFoundError,
    PipelineKey,
    PipelineStatus,
    Rollout,
)
from penstock_engine.extensions import ExtensionState, ExtensionStatus

NS = 1_700_000_000_000_000_000
QUOTA = ExtensionStatus(
    id="quota",
    label="extension quota",
    state=ExtensionState.RUNNING,
    ready=True,
    capabilities=("rate_limiter",),
    consumers=("edge/ship/door",),
)


def pipeline(key, phase="Running", **more):
    node = StatusEvent(kind=Kind.RECEIVER, id=ComponentId("otlp", "in"), status=Status.OK, wall_ns=NS)
    copy = CopyStatus(
        index=0, generation=1, phase=phase, since_wall_ns=NS, nodes={"in": node}, extensions=(QUOTA,)
    )
    condition = Condition(kind="Ready", met=True, reason="Running", since_wall_ns=NS)
    fields = {"live": True, "ready": True, "conditions": (condition,), "copies": (copy,), **more}
    return PipelineStatus(key=key, phase=phase, generation=1, **fields)


class FakePlane:
    """A `ControlPlane`. Changes end at once, unless `slow`."""

    def __init__(self, *, slow=False):
        self.groups = {"edge": {"ship": pipeline(PipelineKey("edge", "ship"))}}
        self.asked = []
        self.slow = slow
        self.ok = True
        self._rollouts = {}

    @property
    def config(self):
        return types.SimpleNamespace(groups=self.groups)

    def pipelines(self):
        return tuple(one for group in self.groups.values() for one in group.values())

    def pipeline(self, key):
        try:
            return self.groups[key.group][key.name]
        except KeyError:
            raise NotFoundError(f"no such pipeline: {key}") from None

    def extensions(self, group=""):
        return (QUOTA,)

    def live(self):
        return self.ok

    ready = live

    def metrics(self):
        return [
            Series("otelcol_x", "counter", {"a": "b"}, 3.0),
            Series("otelcol_y", "gauge", {}, float("nan")),
        ]

    def apply(self, key, body, *, step_seconds=60.0, drain_seconds=60.0):
        if key.group not in self.groups:
            raise NotFoundError(f"no such group: {key.group}")
        if "nodes" not in body:
            raise ConfigError(Problem(("nodes",), "required key is missing", "write it"))
        self.groups[key.group][key.name] = pipeline(key)
        return self._begin(key, "replace", step_seconds, drain_seconds)

    def delete(self, key, *, drain_seconds=60.0):
        self.pipeline(key)
        del self.groups[key.group][key.name]
        return self._begin(key, "delete", drain_seconds)

    def shut_down(self, key, *, drain_seconds=60.0):
        self.pipeline(key)
        return self._begin(key, "shutdown", drain_seconds)

    def create_group(self, group):
        if group == "system":
            raise ConfigError(Problem(("groups", group), "this group id is reserved: system"))
        if group in self.groups:
            raise BusyError(f"there is such a group: {group}")
        self.groups[group] = {}

    async def delete_group(self, group, *, drain_seconds=60.0):
        del self.groups[group]
        return ("it took long",)

    def rollout(self, rollout_id):
        if rollout_id not in self._rollouts:
            raise NotFoundError(f"no such change: {rollout_id}")
        return self._rollouts[rollout_id]

    def rollouts(self, key=None):
        return tuple(self._rollouts.values())

    def _begin(self, key, kind, *asked):
        self.asked.append((str(key), kind, *asked))
        rollout = Rollout(id=f"r{len(self._rollouts)}", key=key, kind=kind, started_wall_ns=NS)
        self._rollouts[rollout.id] = rollout
        if not self.slow:
            rollout.end("succeeded", NS)
        return rollout
