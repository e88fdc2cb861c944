"""The providers of a distribution, by scheme."""

from collections.abc import Callable, Iterable
from typing import Any

from penstock_api import ConfigError, Provider, ProviderFactory, ProviderSettings, Registered
from penstock_api.yaml import Document, load
from penstock_collector.confmap.keys import split_keys
from penstock_collector.confmap.location import Location

__all__ = ("Found", "Providers")


class Found:
    """What stands at a location, as text and as YAML."""

    def __init__(self, location: Location, text: str | None) -> None:
        self.text = text
        self._location = location
        self._value: Document | None = None

    def strict(self) -> Document:
        """The text as YAML. Raises `ConfigError` when it is not."""
        if self.text is None:
            return Document(None)
        return split_keys(load(self.text, self._location.label))

    def lenient(self) -> Document:
        """The text as YAML, or as a string when it is one in YAML too or no YAML at all."""
        if self._value is None:
            self._value = self._read()
        return self._value

    def _read(self) -> Document:
        if not self.text:
            return Document(self.text)
        try:
            document = self.strict()
        except ConfigError:
            return Document(self.text)
        return Document(self.text) if isinstance(document.value, str) else document


class Providers:
    """Reads locations; each one once, so that a warning is given once and all users see the same."""

    def __init__(
        self, registered: Iterable[Registered[ProviderFactory]], warn: Callable[[str], None]
    ) -> None:
        self._settings = ProviderSettings(warn=warn)
        self._registered: dict[str, Registered[ProviderFactory]] = {}
        self._providers: dict[str, Provider] = {}
        self._found: dict[Location, Found] = {}
        for one in registered:
            if one.name in self._registered:
                raise ConfigError.single(f'two providers have one scheme: "{one.name}"')
            self._registered[one.name] = one

    def __contains__(self, scheme: Any) -> bool:  # Any: the signature of the protocol
        return scheme in self._registered

    def read(self, location: Location) -> Found:
        """What stands at `location`. Raises `ConfigError`; the scheme must be known."""
        if location not in self._found:
            text = self._provider(location.scheme).retrieve(location.opaque).text
            self._found[location] = Found(location, text)
        return self._found[location]

    def _provider(self, scheme: str) -> Provider:
        """Made when the scheme is first used, so that one that is broken concerns only its users."""
        if scheme not in self._providers:
            self._providers[scheme] = self._registered[scheme].factory.create(self._settings)
        return self._providers[scheme]
