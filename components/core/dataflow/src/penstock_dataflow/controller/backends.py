"""The ways to run a copy of a pipeline."""

from collections.abc import Callable, Mapping
from typing import Final, Protocol, TypeAlias

from penstock_dataflow.config import Backend
from penstock_dataflow.controller.copies import Copy, CopyOrder, MakeCopy
from penstock_dataflow.pipeline import InlineCopy, Surroundings
from penstock_engine.extensions import ExtensionHost

__all__ = ("BACKENDS", "BackendFactory", "OuterHosts")


class OuterHosts(Protocol):
    """The extensions around pipelines. They run for as long as copies do, and longer."""

    def of(self, group: str) -> ExtensionHost:
        """Those that pipelines of `group` see; behind them are those of the whole engine."""
        ...


BackendFactory: TypeAlias = Callable[[Surroundings, OuterHosts], MakeCopy]
"""Makes a backend, once for each engine."""


def _inline(surroundings: Surroundings, outer: OuterHosts) -> MakeCopy:
    def make(order: CopyOrder, /) -> Copy:
        return InlineCopy(order, surroundings, outer.of(order.pipeline.group))

    return make


def _process(surroundings: Surroundings, outer: OuterHosts) -> MakeCopy:
    from penstock_dataflow.workers import process_backend  # noqa: PLC0415 - for those who have workers

    return process_backend(surroundings, outer)


BACKENDS: Final[Mapping[Backend, BackendFactory]] = {Backend.INLINE: _inline, Backend.PROCESS: _process}
"""Those that there are."""
