"""The engine's side of extensions around pipelines: what a worker's proxies are given and may call."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias  # Any: handles, arguments and results of capabilities

from penstock_api import Clock, Tasks
from penstock_api.capability import CapabilityError, known_capabilities
from penstock_dataflow.config import Scope
from penstock_dataflow.controller.copies import CopyOrder
from penstock_dataflow.pipeline import Surroundings, resolved_extensions, resolved_nodes
from penstock_dataflow.workers.messages import Call, Failure, OuterOffer, Push, Reply, Unavailable
from penstock_engine.extensions import Binding, ExtensionHost

__all__ = ("OuterHandles", "bound_outside")

_Read: TypeAlias = Callable[[Any], Awaitable[Any]]
_LOOK_SECONDS: Final = 0.5
"""How often to look for a newer value; only a newer one is sent."""


async def _rows(handle: Any) -> Any:
    return handle.snapshot()


async def _lease(handle: Any, units: int) -> tuple[int, float]:
    """As many of `units` as the quota has, halving; and when there may be more."""
    while units and not handle.try_acquire(units):
        units //= 2
    return units, 0.0 if units else handle.retry_after(1)


_FED: Final[Mapping[str, _Read]] = {
    "api_key": lambda handle: handle.get_api_key(),
    "basic_credentials": lambda handle: handle.get_credentials(),
    "bearer_token_provider": lambda handle: handle.get_token(),
    "dataset_lookup": _rows,
}
"""Capabilities whose value is pushed to workers, so that no call of theirs leaves the process."""

_CALLED: Final[Mapping[tuple[str, str], Callable[..., Awaitable[Any]]]] = {
    ("api_key_authorizer", "authorize"): lambda handle, *args: handle.authorize(*args),
    ("basic_authorizer", "authorize"): lambda handle, *args: handle.authorize(*args),
    ("bearer_token_authorizer", "authorize"): lambda handle, *args: handle.authorize(*args),
    ("key_value_store", "apply"): lambda handle, *args: handle.apply(*args),
    ("key_value_store", "get"): lambda handle, *args: handle.get(*args),
    ("key_value_store", "keys"): lambda handle, *args: handle.keys(*args),
    ("rate_limiter", "lease"): _lease,
}
"""What a worker may call, and nothing else."""

_FACTS: Final[Mapping[str, Callable[[Any], Any]]] = {"api_key_authorizer": lambda handle: handle.header()}
"""What of a capability never changes, and is known before anything starts."""


def bound_outside(order: CopyOrder, surroundings: Surroundings) -> tuple[tuple[str, str], ...]:
    """The (extension, capability) pairs that nodes and extensions of a pipeline bind outside of it.

    Raises `ConfigError`.
    """
    extensions = resolved_extensions(order.config, surroundings, order.near)
    nodes = resolved_nodes(order, surroundings, extensions)
    declared = order.pipeline.extensions
    own = [one for one in declared.values() if one.scope is Scope.PIPELINE]
    outside = {name for name, one in declared.items() if one.scope is not Scope.PIPELINE}
    bindings = (
        *(binding for node in nodes.values() for binding in node.bindings),
        *(binding for one in own for binding in extensions[one.path].declaration.bindings),
    )
    pairs = ((name, binding.capability) for binding in bindings for name in binding.extensions)
    return tuple(dict.fromkeys(pair for pair in pairs if pair[0] in outside))


class OuterHandles:
    """The handles behind one worker's proxies, claimed for it from the hosts around its pipeline."""

    def __init__(self, consumer: str, pairs: Iterable[tuple[str, str]], host: ExtensionHost) -> None:
        """Raises the first `CapabilityClaimError`."""
        self._handles: dict[tuple[str, str], Any] = {}
        for number, (extension, capability) in enumerate(pairs):
            binding = Binding(capability=capability, extensions=(extension,), slot=str(number))
            claims = host.claims(consumer, (binding,))
            self._handles[extension, capability] = claims.require(
                known_capabilities()[capability], str(number)
            )
            claims.seal()

    def offers(self) -> tuple[OuterOffer, ...]:
        """What a worker needs to know of each extension."""
        by_extension: dict[str, list[str]] = {}
        for extension, capability in self._handles:
            by_extension.setdefault(extension, []).append(capability)
        return tuple(
            OuterOffer(
                extension=extension,
                capabilities=tuple(names),
                facts={
                    name: _FACTS[name](self._handles[extension, name]) for name in names if name in _FACTS
                },
            )
            for extension, names in by_extension.items()
        )

    def feed(self, push: Callable[[Push], None], clock: Clock, tasks: Tasks) -> None:
        """Push every value now and whenever it changes, for as long as `tasks` live."""
        for extension, capability in self._handles:
            if capability in _FED:
                work = self._feed(extension, capability, push, clock)
                tasks.spawn(work, name=f"feed {extension}")

    async def _feed(
        self, extension: str, capability: str, push: Callable[[Push], None], clock: Clock
    ) -> None:
        read, handle = _FED[capability], self._handles[extension, capability]
        last: Any = None
        while True:
            try:
                value = await read(handle)
            except CapabilityError as error:
                value = Unavailable(error.message)
            if value is not last and value != last:
                push(Push(extension, capability, value))
                last = value
            await clock.sleep(_LOOK_SECONDS)

    async def answer(self, call: Call) -> Reply:
        """Do what a worker asks for."""
        work = _CALLED.get((call.capability, call.method))
        handle = self._handles.get((call.extension, call.capability))
        if work is None or handle is None:
            return Reply(call.number, Failure(f"nothing to call: {call.extension}.{call.method}"))
        try:
            return Reply(call.number, await work(handle, *call.arguments))
        except CapabilityError as error:
            return Reply(call.number, Failure(error.message))
