"""One change of one pipeline while the engine runs: what it is, how far it got, how it ended."""

import asyncio
from dataclasses import dataclass, field
from typing import Literal

from penstock_dataflow.controller.states import PipelineKey

__all__ = ("KEPT_ROLLOUTS", "KEPT_SECONDS", "Rollout", "RolloutKind", "RolloutState")

RolloutKind = Literal["create", "noop", "reconfigure", "resize", "replace", "delete", "shutdown"]
RolloutState = Literal["running", "succeeded", "failed", "rolled_back", "rollback_failed"]

KEPT_ROLLOUTS = 32
"""How many changes that have ended are remembered."""

KEPT_SECONDS = 24 * 3600.0
"""How long they are remembered."""


@dataclass(slots=True, eq=False, kw_only=True)
class Rollout:
    """A change, written by the controller alone. `steps` says in words what has been done.

    `failed` is a change that could not begin to change anything, `rolled_back` one that was undone,
    `rollback_failed` one that could not be: then `error` says what is not as it should be.
    """

    id: str
    key: PipelineKey
    kind: RolloutKind
    state: RolloutState = "running"
    error: str = ""
    steps: list[str] = field(default_factory=list)
    generation: int = 0
    started_wall_ns: int = 0
    ended_wall_ns: int = 0
    _done: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return self._done.is_set()

    async def wait(self) -> None:
        """Return when it has ended, whichever way."""
        await self._done.wait()

    def end(self, state: RolloutState, wall_ns: int, error: str = "") -> None:
        """For the controller."""
        self.state, self.error, self.ended_wall_ns = state, error, wall_ns
        self._done.set()
