"""Named outputs, for components that decide where a batch goes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from penstock_api.batch import AnyBatch
from penstock_api.config import Config
from penstock_api.consumer import Consumer
from penstock_api.factory import Stabilities
from penstock_api.settings import Settings

__all__ = ("Outputs", "RouterFactory")

C = TypeVar("C", bound=Config)


class Outputs(Protocol):
    """The connected outputs of one node."""

    @property
    def names(self) -> tuple[str, ...]:
        """The outputs that are connected, in the order of the connections."""
        ...

    def get(self, name: str) -> Consumer[AnyBatch] | None:
        """What stands behind output `name`; None when it is not connected."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterFactory(Generic[C]):
    """Makes processors with named outputs, for the dataflow engine: one instance takes every signal.

    `outputs` gives the names that a config allows, None when any name may be connected. `create` raises
    `ConfigError` when it cannot do with the outputs that are connected.
    """

    kind: str
    config: type[C]
    create: Callable[[Settings, C, Outputs], Consumer[AnyBatch]]
    outputs: Callable[[C], tuple[str, ...] | None]
    mutates_data: bool = False
    stability: Stabilities = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
