"""One pipeline: as many copies as it is to have, and how it is as a whole."""

import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from penstock_api import Clock, Deadline, Tasks
from penstock_dataflow.config import DataflowConfig, Phase, PipelineConfig, Workers
from penstock_dataflow.controller.copies import CopyOrder, MakeCopy
from penstock_dataflow.controller.measures import Measures
from penstock_dataflow.controller.place import Place
from penstock_dataflow.controller.rollout import Rollout
from penstock_dataflow.controller.states import Condition, ConditionKind, PipelineKey, PipelineStatus
from penstock_dataflow.pipeline import Surroundings
from penstock_dataflow.pipeline.surroundings import PIPELINE_FIELD
from penstock_engine import FieldLog, in_turn

__all__ = ("Crew", "RunningPipeline", "orders")

_RANK: Final[tuple[Phase, ...]] = (
    "Rejected",
    "Failed",
    "Pending",
    "Starting",
    "Draining",
    "Stopped",
    "Running",
)
"""From the phase that matters most to a reader to the one that matters least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """With what places are made. `lost` is called with the reason when one gives up."""

    make: MakeCopy
    surroundings: Surroundings
    tasks: Tasks
    lost: Callable[[str], None]

    @property
    def clock(self) -> Clock:
        """The time of the engine."""
        return self.surroundings.clock


def orders(config: DataflowConfig, pipeline: PipelineConfig) -> Iterator[CopyOrder]:
    """The copies that `pipeline` is to have."""
    available = _processors()
    workers = pipeline.workers
    for index in range(workers.count or len(available)):
        core = _core(workers, available, index)
        yield CopyOrder(config=config, pipeline=pipeline, index=index, core=core)


def _processors() -> tuple[int, ...]:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return tuple(sorted(os.sched_getaffinity(0)))
    return tuple(range(os.cpu_count() or 1))


def _core(workers: Workers, available: tuple[int, ...], index: int) -> int | None:
    if not workers.pin:
        return None
    cores = workers.cores or available
    return cores[index % len(cores)]


class RunningPipeline:
    """The places of one pipeline. `override` is the phase of the whole while something is done to it."""

    def __init__(self, key: PipelineKey, crew: Crew) -> None:
        """Without a single place; `fill` makes them."""
        self.key = key
        self.places: list[Place] = []
        self.arriving: list[Place] = []
        """Places that are made and do not count yet."""
        self._override: Phase | None = None
        self.rollout: Rollout | None = None
        self.generation = 0
        self.pipeline: PipelineConfig | None = None
        self._crew = crew
        self._numbers = itertools.count(1)
        self._conditions: dict[ConditionKind, Condition] = {}
        self._log = FieldLog(crew.surroundings.log, {PIPELINE_FIELD: str(key)})
        self._measures = Measures(crew.surroundings.gauges, self)

    def place(self, order: CopyOrder) -> Place:
        """A new place, with a copy that has not started. Raises `ConfigError` and `StartError`."""
        place = Place(
            order,
            self._crew.make,
            clock=self._crew.clock,
            tasks=self._crew.tasks,
            log=self._log,
            generations=lambda: next(self._numbers),
            changed=self._changed,
            lost=self._crew.lost,
        )
        self.arriving.append(place)
        return place

    def seat(self, places: Sequence[Place]) -> None:
        """From now on `places` are those that count; the others are to be drained."""
        self.arriving += [place for place in self.places if place not in places]
        self.arriving = [place for place in self.arriving if place not in places]
        self.places = list(places)
        self._changed()

    def fill(self, config: DataflowConfig, pipeline: PipelineConfig) -> None:
        """Make all copies of `pipeline`. Raises `ConfigError` and `StartError`."""
        self.seat([self.place(order) for order in orders(config, pipeline)])
        self.take(pipeline)

    def take(self, pipeline: PipelineConfig) -> None:
        """Note that from now on `pipeline` runs here."""
        self.pipeline = pipeline
        self.generation += 1
        self._changed()

    async def start(self) -> None:
        """Start all copies. Raises `StartError` at the first that cannot."""
        for place in self.places:
            await place.start()

    async def stop(self, deadline: Deadline) -> tuple[str, ...]:
        """Drain all copies at the same time. Returns what went wrong."""
        every = await in_turn(
            [*self.places, *self.arriving], {}, lambda place: place.stop(deadline), deadline
        )
        return tuple(problem for problems in every for problem in problems)

    @property
    def override(self) -> Phase | None:
        """What is being done to the whole."""
        return self._override

    @override.setter
    def override(self, phase: Phase | None) -> None:
        self._override = phase
        self._changed()

    @property
    def phase(self) -> Phase:
        """Where the whole is in its life."""
        if self.override is not None:
            return self.override
        worst = self._worst()
        return worst.phase if worst is not None else "Stopped"

    def live(self) -> bool:
        """Whether enough copies are alive."""
        return self._enough("live")

    def ready(self) -> bool:
        """Whether enough copies are ready."""
        return self._enough("ready")

    def status(self) -> PipelineStatus:
        """How it is now."""
        return PipelineStatus(
            key=self.key,
            phase=self.phase,
            generation=self.generation,
            live=self.live(),
            ready=self.ready(),
            conditions=tuple(self._conditions.values()),
            copies=tuple(place.status() for place in self.places),
            rollout=self.rollout.id if self.rollout is not None else "",
        )

    def count(self, what: Literal["live", "ready"]) -> int:
        """How many copies are alive, or ready."""
        if self.pipeline is None:
            return 0
        health = self.pipeline.policies.health
        good_phases = health.live_if if what == "live" else health.ready_if
        return sum(place.phase in good_phases for place in self.places)

    def _enough(self, what: Literal["live", "ready"]) -> bool:
        if self.pipeline is None:
            return False
        health = self.pipeline.policies.health
        quorum = health.live_quorum if what == "live" else health.ready_quorum
        return bool(self.places) and quorum.met(self.count(what), len(self.places))

    def _worst(self) -> Place | None:
        """The place that a reader should hear of first."""
        return min(self.places, key=lambda place: _RANK.index(place.phase), default=None)

    def _changed(self) -> None:
        self._measures.follow()
        worst = self._worst()
        rejected = worst is not None and worst.phase == "Rejected"
        error = worst.error if worst is not None else ""
        self._note(
            "Accepted", not rejected, "Rejected" if rejected else "Accepted", error if rejected else ""
        )
        self._note("Ready", self.ready(), self.phase, error)

    def _note(self, kind: ConditionKind, met: bool, reason: str, message: str) -> None:  # noqa: FBT001 - a field
        before = self._conditions.get(kind)
        since = self._crew.clock.wall_ns()
        if before is not None and before.met == met:
            since = before.since_wall_ns
        self._conditions[kind] = Condition(
            kind=kind, met=met, reason=reason, message=message, since_wall_ns=since
        )
