"""What consumers get."""

from dataclasses import dataclass

from penstock_api.capability import ApiKey, Decision, KnownSecrets, Watch

__all__ = ("Authorizer", "Provider")


@dataclass(frozen=True, slots=True)
class Provider:
    """A `penstock_api.capability.ApiKeyProvider`: the key as it was last read."""

    _watch: Watch[ApiKey]

    async def get_api_key(self) -> ApiKey:
        """The key and its header; never waits."""
        return self._watch.current


@dataclass(frozen=True, slots=True)
class Authorizer:
    """A `penstock_api.capability.ApiKeyAuthorizer`."""

    _header: str
    _known: KnownSecrets

    def header(self) -> str:
        """The header in which keys are expected."""
        return self._header

    async def authorize(self, key: str) -> Decision:
        """Whose key it is, if it is anybody's."""
        return self._known.decide(key)
