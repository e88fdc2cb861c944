"""The handle of each capability whose extension lives in the engine's process."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final  # Any: values and handles of capabilities

from penstock_api import Clock
from penstock_api.capability import CapabilityError, Watch
from penstock_dataflow.workers.calls import Caller, Decisions
from penstock_dataflow.workers.handles import (
    BasicCredentialsHandle,
    BearerTokenHandle,
    DatasetHandle,
    KeyAuthorizerHandle,
    KeyHandle,
    PasswordAuthorizerHandle,
    StoreHandle,
    TokenAuthorizerHandle,
)
from penstock_dataflow.workers.messages import Unavailable

__all__ = ("Behind", "proxy_of")


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """What is behind a proxy: `fed` has the value that the engine pushes, `fact` what never changes."""

    extension: str
    capability: str
    caller: Caller
    clock: Clock
    fed: Watch[Any]
    fact: Any = None

    def current(self) -> Any:
        """The value. Raises `CapabilityError` when there is none."""
        value = self.fed.current
        if isinstance(value, Unavailable):
            raise CapabilityError(self.extension, self.capability, value.why)
        return value

    def call(self, method: str) -> Callable[..., Awaitable[Any]]:
        """A function that calls `method` in the engine's process."""
        return lambda *arguments: self.caller.call(self.extension, self.capability, method, *arguments)

    def decide(self) -> Callable[..., Awaitable[Any]]:
        """A function that asks the authorizer, and remembers."""
        return Decisions(self.call("authorize"), self.clock).decide


_PROXIES: Final[Mapping[str, Callable[[Behind], Any]]] = {
    "api_key": lambda behind: KeyHandle(behind.current),
    "api_key_authorizer": lambda behind: KeyAuthorizerHandle(behind.fact, behind.decide()),
    "basic_authorizer": lambda behind: PasswordAuthorizerHandle(behind.decide()),
    "basic_credentials": lambda behind: BasicCredentialsHandle(behind.current),
    "bearer_token_authorizer": lambda behind: TokenAuthorizerHandle(behind.decide()),
    "bearer_token_provider": lambda behind: BearerTokenHandle(behind.current, behind.fed),
    "dataset_lookup": lambda behind: DatasetHandle(behind.current),
    "key_value_store": lambda behind: StoreHandle(
        behind.call("get"), behind.call("apply"), behind.call("keys")
    ),
}


def proxy_of(behind: Behind) -> Any:
    """The handle for the capability of `behind`."""
    return _PROXIES[behind.capability](behind)
