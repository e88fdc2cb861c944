"""How a pipeline is changed while it runs: step by step, and back again when a step fails."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from penstock_api import Deadline, PenstockError, StartError, within
from penstock_dataflow.config import DataflowConfig, PipelineConfig, Scope
from penstock_dataflow.controller.copies import CopyOrder
from penstock_dataflow.controller.errors import taken
from penstock_dataflow.controller.place import Place
from penstock_dataflow.controller.rollout import Rollout, RolloutKind
from penstock_dataflow.controller.running import Crew, RunningPipeline, orders

__all__ = ("Change", "NotUndoneError", "UndoneError", "kind_of")


class UndoneError(PenstockError):
    """The change failed, and all is as it was before."""


class NotUndoneError(PenstockError):
    """The change failed, and could not be undone."""


def kind_of(old: PipelineConfig, new: PipelineConfig) -> RolloutKind:
    """What it takes to get from `old` to `new`."""
    if new == old:
        return "noop"
    if replace(old, workers=replace(old.workers, count=new.workers.count)) == new:
        return "resize"
    same_types = old.extensions.keys() == new.extensions.keys() and all(
        (one.scope, one.urn) == (new.extensions[name].scope, new.extensions[name].urn)
        and (one.scope is Scope.PIPELINE or one == new.extensions[name])
        for name, one in old.extensions.items()
    )
    if same_types and replace(old, extensions=new.extensions) == new:
        return "reconfigure"
    return "replace"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of one pipeline. Each method does one kind of change, and raises when it could not."""

    running: RunningPipeline
    crew: Crew
    rollout: Rollout
    step_seconds: float = 60.0
    drain_seconds: float = 60.0

    async def create(self, config: DataflowConfig, pipeline: PipelineConfig) -> None:
        """Make and start every copy. Raises `UndoneError`; then there is none."""
        places: list[Place] = []
        try:
            for order in orders(config, pipeline):
                places.append(self.running.place(order))
                await self._start(places[-1])
        except PenstockError as error:
            for place in places:
                await self._drain(place)
            self._forget()
            raise UndoneError(str(error)) from error
        self.running.seat(places)
        self.running.take(pipeline)

    async def resize(self, config: DataflowConfig, pipeline: PipelineConfig) -> None:
        """Add copies, or drain the last ones; the others run on. Raises `UndoneError`."""
        wanted = list(orders(config, pipeline))
        kept = len(self.running.places)
        added: list[Place] = []
        try:
            for order in wanted[kept:]:
                added.append(self.running.place(order))
                await self._start(added[-1])
        except PenstockError as error:
            for place in added:
                await self._drain(place)
            raise UndoneError(str(error)) from error
        places = [*self.running.places, *added]
        self.running.seat(places[: len(wanted)])
        for place in reversed(places[len(wanted) :]):
            await self._drain(place)
        self.running.take(pipeline)

    async def reconfigure(self, config: DataflowConfig, pipeline: PipelineConfig) -> None:
        """Offer extensions their new configs; replace all copies when one refuses. Raises as `replace`."""
        before = [place.order for place in self.running.places]
        for place, order in zip(self.running.places, orders(config, pipeline), strict=True):
            if not await place.reconfigure(order):
                self.rollout.steps.append(f"copy {order.index} does not take it while it runs")
                self.rollout.kind = "replace"
                await self._replace(config, pipeline, before)
                return
        self.running.take(pipeline)

    async def replace(self, config: DataflowConfig, pipeline: PipelineConfig) -> None:
        """Put a new copy in place of each. Raises `UndoneError` and `NotUndoneError`."""
        await self._replace(config, pipeline, [place.order for place in self.running.places])

    async def _replace(
        self, config: DataflowConfig, pipeline: PipelineConfig, before: Sequence[CopyOrder]
    ) -> None:
        self.running.override = "Updating"
        try:
            await self._swap_all(list(orders(config, pipeline)))
        except PenstockError as error:
            self.running.override = "RollingBack"
            self.rollout.steps.append(f"going back: {error}")
            try:
                await self._swap_all(before)
            except PenstockError as worse:
                raise NotUndoneError(f"{error}; and going back failed: {worse}") from worse
            raise UndoneError(str(error)) from error
        finally:
            self.running.override = None
        self.running.take(pipeline)

    async def shut_down(self) -> None:
        """Drain every copy; their places stay."""
        self.running.override = "Draining"
        try:
            await self._drain_all()
        finally:
            self.running.override = None

    async def delete(self) -> None:
        """Drain every copy, for good."""
        self.running.override = "Deleting"
        await self._drain_all()
        self.running.seat(())
        self.running.arriving.clear()
        self._forget()
        self.running.override = "Deleted"

    def _forget(self) -> None:
        """Groups of topics that nobody of the pipeline reads any more hold up no publisher."""
        self.crew.surroundings.topics.forget(str(self.running.key))

    # -- steps ---------------------------------------------------------------------------------------

    async def _swap_all(self, wanted: Sequence[CopyOrder]) -> None:
        """Have `wanted` stand in the places, one after the other; places that do so already stay."""
        for index, order in enumerate(wanted):
            old = self.running.places[index] if index < len(self.running.places) else None
            if old is not None and old.runs(order):
                continue
            await self._swap(index, old, order)
        places = self.running.places
        self.running.seat(places[: len(wanted)])
        for place in reversed(places[len(wanted) :]):
            await self._drain(place)

    async def _swap(self, index: int, old: Place | None, order: CopyOrder) -> None:
        """Have `order` stand at `index`, running; `old` drains once the new one is ready, or before."""
        new = self.running.place(order)
        try:
            await self._start(new)
        except PenstockError as error:
            await self._drain(new)
            if old is None or not taken(error):
                raise
            self.rollout.steps.append(f"copy {order.index} needs what the old one holds: that drains first")
            await self._drain(old)
            new = self.running.place(order)
            await self._start_or_drain(new)
        self.running.seat([*self.running.places[:index], new, *self.running.places[index + 1 :]])
        if old is not None:
            await self._drain(old)

    async def _start_or_drain(self, place: Place) -> None:
        try:
            await self._start(place)
        except PenstockError:
            await self._drain(place)
            raise

    async def _start(self, place: Place) -> None:
        try:
            async with within(self.crew.clock, self.step_seconds):
                await place.start()
        except TimeoutError:
            what = f"copy {place.order.index} did not start within {self.step_seconds:g} s"
            raise StartError(what) from None
        self.rollout.steps.append(f"copy {place.order.index} of generation {place.order.generation} runs")

    async def _drain_all(self) -> None:
        for problem in await self.running.stop(Deadline.after(self.crew.clock, self.drain_seconds)):
            self.rollout.steps.append(problem)

    async def _drain(self, place: Place) -> None:
        if place.phase == "Stopped":
            return
        problems = await place.stop(Deadline.after(self.crew.clock, self.drain_seconds))
        self.running.arriving = [one for one in self.running.arriving if one is not place]
        self.rollout.steps += [
            *problems,
            f"copy {place.order.index} of generation {place.order.generation} is drained",
        ]
