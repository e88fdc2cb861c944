"""From locations to one configuration: read, merge, expand."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from penstock_api import ConfigError, ProviderFactory, Registered
from penstock_api.yaml import Document, Position
from penstock_collector.confmap.expand import expand
from penstock_collector.confmap.location import parse_location
from penstock_collector.confmap.merge import Append, merge, replace_lists
from penstock_collector.confmap.overrides import override
from penstock_collector.confmap.providers import Providers

__all__ = ("DEFAULT_SCHEME", "Sources", "resolve")

DEFAULT_SCHEME = "env"
_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Sources:
    """What the command line names: locations, then `--set`, which wins over all of them."""

    locations: tuple[str, ...]
    overrides: tuple[str, ...] = ()
    default_scheme: str = DEFAULT_SCHEME


def resolve(
    sources: Sources,
    providers: Iterable[Registered[ProviderFactory]],
    *,
    warn: Callable[[str], None],
    append: Append = replace_lists,
) -> Document:
    """The one configuration that `sources` make, expanded. Raises `ConfigError`."""
    if not sources.locations:
        raise ConfigError.single("at least one config flag must be provided", hint="add --config FILE")
    if len(sources.locations) > _LIMIT:
        raise ConfigError.single(f"more than {_LIMIT} config locations: {len(sources.locations)}")
    table = Providers(providers, warn)
    merged = _read(sources.locations[0], table)
    for location in sources.locations[1:]:
        merged = merge(merged, _read(location, table), append)
    for text in sources.overrides:
        merged = merge(merged, override(text))
    return expand(merged, table, sources.default_scheme)


def _read(text: str, providers: Providers) -> Document:
    location = parse_location(text)
    if location.scheme not in providers:
        raise ConfigError.single(f'unsupported scheme on URI "{location.shown}"')
    document = providers.read(location).strict()
    if document.value is None:
        return Document({}, document.positions or {(): Position(location.label, 1, 1)})
    if not isinstance(document.value, dict):
        what = f"{location.label}:1: not a configuration, expected a mapping: {_type(document.value)}"
        raise ConfigError.single(what)
    return document


def _type(value: object) -> str:
    return "a list" if isinstance(value, list) else f"a {type(value).__name__}"
