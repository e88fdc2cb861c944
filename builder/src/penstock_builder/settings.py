"""The parts of a manifest around its components: where packages come from, what is built, what is allowed."""

from datetime import date
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from penstock_builder import conditions, places, words
from penstock_builder.model import Model, Text, Whole, rule
from penstock_builder.replacement import Source

__all__ = (
    "Advisory",
    "ConfResolver",
    "Engine",
    "Index",
    "Output",
    "Platform",
    "Policy",
    "Stability",
    "Versions",
)

Output: TypeAlias = Literal["wheel", "sdist", "wheelhouse", "pex", "oci", "deb"]
"""What `penstock build` can make of a distribution."""

Platform: TypeAlias = Literal[
    "linux-x86_64", "linux-aarch64", "macos-x86_64", "macos-arm64", "windows-x86_64", "windows-arm64"
]
"""Where a distribution runs: an operating system and a processor."""

Stability: TypeAlias = Literal["development", "alpha", "beta", "stable"]
"""How far a component has come, from the lowest to the highest."""


class Index(Model):
    """A place that packages come from, besides the one that uv's environment names."""

    name: Annotated[str, rule(words.index_name)]
    """What the manifest calls it; credentials come from `UV_INDEX_<NAME>_USERNAME` and `_PASSWORD`."""
    env: Annotated[str, rule(words.variable)] | None = None
    """The environment variable that holds its address, with credentials or without."""
    keyring: Text | None = None
    """The service of the system's keyring whose entry for `name` is its address, likewise."""
    url: Annotated[str, rule(places.index_url)] | None = None
    """Its address, if it is no secret, without credentials."""
    packages: tuple[Annotated[str, rule(words.distribution_name)], ...] = ()
    """Projects that come from it, besides the components that name it."""
    explicit: bool = True
    """Used only for these; `false`: for every package, before the default index."""


class Advisory(Model):
    """A known vulnerability that the distribution can live with."""

    id: Text
    """The advisory, like GHSA-w596-4wvx-j9j6, or one of its other names, like CVE-2024-22195."""
    reason: Text
    """Why it does no harm here."""
    expires: Annotated[str, rule(words.day)] | None = None
    """The day, in quotes, after which it counts again."""

    def is_over(self, today: date) -> bool:
        """Whether the day has passed."""
        return self.expires is not None and date.fromisoformat(self.expires) < today


class Policy(Model):
    """What may be in the distribution."""

    licenses: tuple[Text, ...] = ()
    """The licences (SPDX expressions) that third-party packages may have; empty: any."""
    min_stability: Stability | None = None
    """The lowest stability that a component may declare."""
    deprecated: Literal["allow", "warn", "error"] = "warn"
    """What becomes of a component that is declared deprecated or unmaintained."""
    indexes: tuple[Text, ...] = ()
    """The names of the indexes that may be used; empty: all that `indexes` lists."""
    forbid_urls: bool = False
    """Refuse git repositories and archives by address as a source."""
    require_link: bool = False
    """A replacement needs a `link` besides its `reason`."""
    max_size: Annotated[Whole, Field(gt=0)] | None = None
    """The largest wheel, in bytes."""
    accepted_advisories: tuple[Advisory, ...] = ()
    """Known vulnerabilities that `penstock audit` lets pass."""


def _none(value: object) -> object:
    """`false` is no name."""
    return "" if value is False else value


class Engine(Source):
    """A dataflow engine that the distribution carries: as an extension, as a subcommand, or as both."""

    package: Annotated[str, rule(words.requirement)] | None = None
    """The project that embeds it; without it, `penstock-extension-engine` of the builder's own version."""
    index: Annotated[str, rule(words.index_name)] | None = None
    """The entry of `indexes` that it comes from."""
    markers: Annotated[str, rule(conditions.marker)] | None = None
    """The condition (PEP 508) under which the distribution has it."""
    extension: bool = True
    """The collector can run it beside its pipelines."""
    name: Annotated[str, rule(words.component_id)] = "engine"
    """What the extension is called in the collector's configuration."""
    command: Annotated[
        str, BeforeValidator(_none, json_schema_input_type=str | Literal[False]), rule(words.subcommand)
    ] = "engine"
    """What the subcommand is called that runs the engine by itself; `false`: there is none."""


class ConfResolver(Model):
    """How the collector finds its configuration."""

    default_uri_scheme: Annotated[str, rule(words.uri_scheme)] | None = None
    """The provider that is meant by a `${...}` or a `--config` without a scheme."""


class Versions(Model):
    """Which versions may be chosen, and which must agree."""

    strict: bool = True
    """A component is locked at the major.minor that the manifest writes, or it is an error."""
    trains: tuple[Text, ...] = ()
    """Names of projects, with `*` for any characters: all that match one of them must have one version."""
    exempt: tuple[Annotated[str, rule(words.distribution_name)], ...] = ()
    """Projects that `strict` and `trains` leave alone."""
    same: bool = False
    """Every distribution that is checked together with this one must have its `dist.version`."""
    exclude_newer: Annotated[str, rule(words.day)] | None = None
    """A day, in quotes: what was published on it or later does not exist for the lock."""
    builder: Annotated[str, rule(words.version_range)] | None = None
    """The versions of the builder that may be used, like `>=0.1,<0.2`."""
