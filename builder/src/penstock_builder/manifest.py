"""What a manifest says: the model of the file, and nothing about the disk or the network.

Validation only checks. A value that is there is kept as the user wrote it; what is derived from it (the
import package of a distribution, the import target of a component) is derived by the stage that needs it.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pydantic import Field

from penstock_builder import conditions, places, words
from penstock_builder.model import Model, Text, number, rule
from penstock_builder.replacement import Replacement, Source
from penstock_builder.settings import ConfResolver, Engine, Index, Output, Platform, Policy, Versions

__all__ = ("Author", "Component", "Dist", "Manifest", "sections")


class Author(Model):
    """A person or a group, as PEP 621 has them."""

    name: Text
    """What to call them."""
    email: Annotated[str, rule(words.email)] | None = None
    """Where to write to."""


class Dist(Model):
    """What is built, and where."""

    name: Annotated[str, rule(words.distribution_name)]
    """The project, the command and the wheel are called so."""
    version: Annotated[str, rule(words.version)]
    """PEP 440, in quotes: YAML reads `1.10` as the number 1.1."""
    description: str = ""
    """Any text."""
    output_path: Annotated[str, rule(places.local_path)] | None = None
    """Where the rendered package lives; `distributions/<name>` if not given."""
    templates: Annotated[str, rule(places.local_path)] | None = None
    """A folder of templates that fill named blocks of the builder's own."""
    package: Annotated[str, rule(words.module_name)] | None = None
    """The import package; from `name`, `-` as `_`, if not given."""
    requires_python: Annotated[str, rule(words.python_range)] = ">=3.11"
    """The versions of Python; needs a lower bound, because the lock is made for all versions from there."""
    embed: Literal["components", "all", "none"] = "components"
    """What the wheel carries: the collector and the components, third-party packages too, or nothing."""
    extras: tuple[Text, ...] = ()
    """Extras of the collector."""
    allow_native: bool = False
    """Accept compiled code: the wheel is then one for this platform."""
    plugins: bool = False
    """Let whoever runs the collector add components from a folder, which `<NAME>_PLUGINS` names."""
    debug: bool = False
    """Add what helps to look inside: stacks after a crash and on SIGUSR1, asyncio's debug mode, warnings."""
    license: Annotated[str, rule(words.license_expression)] | None = None
    """An SPDX expression (PEP 639)."""
    authors: tuple[Author, ...] = ()
    """Who is behind the distribution."""
    urls: Mapping[str, Annotated[str, rule(places.web_url)]] = {}
    """Label -> address, for the project's metadata."""


class Component(Source):
    """One line of a section: a project, and where it comes from."""

    package: Annotated[str, rule(words.requirement)] = ""
    """A requirement (PEP 508) by name; required unless `gomod` is given."""
    gomod: Annotated[str, rule(words.gomod)] | None = None
    """The Go module of an OpenTelemetry Collector Builder's manifest, and its version."""
    import_: Annotated[str, rule(words.import_target)] | None = Field(default=None, alias="import")
    """Where the factory is, `package.module:attribute`."""
    factory: Annotated[str, rule(words.attribute)] | None = None
    """The name of the factory in the module, if `import` does not say it."""
    name: Annotated[str, rule(words.component_id)] | None = None
    """Take only the entry point of this name; of an index, what users call the component."""
    index: Annotated[str, rule(words.index_name)] | None = None
    """The entry of `indexes` that it comes from."""
    markers: Annotated[str, rule(conditions.marker)] | None = None
    """The condition (PEP 508) under which the distribution has it, like `sys_platform == 'linux'`."""

    @property
    def requirement(self) -> Requirement:
        """`package:` parsed; it was checked when the model was made, or comes from `gomod:`."""
        return Requirement(self.package)

    @property
    def conditional(self) -> Requirement:
        """`requirement` under the condition of the line."""
        found = self.requirement
        found.marker = Marker(self.markers) if self.markers else None
        return found

    @property
    def project(self) -> str:
        """The canonical name of the project."""
        return canonicalize_name(self.requirement.name)


class Manifest(Model):
    """The whole file."""

    schema_version: Annotated[Literal[1], number] = 1
    """The version of this format."""
    extends: tuple[Annotated[str, rule(places.local_path)], ...] = ()
    """Manifests that this one starts from, relative to it; a later one wins, and this one over all."""
    dist: Annotated[Dist, Field(description="What is built, and where.")]
    collector: Component | None = None
    """The runtime; without it, the one of the builder's own version."""
    receivers: tuple[Component, ...] = ()
    """What brings telemetry in."""
    processors: tuple[Component, ...] = ()
    """What changes it on its way."""
    exporters: tuple[Component, ...] = ()
    """What sends it on."""
    connectors: tuple[Component, ...] = ()
    """What ends one pipeline and starts another."""
    extensions: tuple[Component, ...] = ()
    """What serves the collector itself."""
    providers: tuple[Component, ...] = ()
    """What reads configuration."""
    converters: tuple[Component, ...] = ()
    """What changes configuration after it is read."""
    telemetry: Component | None = None
    """What passes the collector's own telemetry on, besides the page of its metrics that is built in."""
    replaces: tuple[Replacement, ...] = ()
    """Rules that swap a dependency, wherever it is required."""
    excludes: tuple[Annotated[str, rule(words.exclude)], ...] = ()
    """`name==version`: never this version; a bare name: not at all."""
    constraints: tuple[Annotated[str, rule(words.requirement)], ...] = ()
    """Bounds for packages that something else requires."""
    indexes: tuple[Index, ...] = ()
    """Where packages come from."""
    conf_resolver: ConfResolver = ConfResolver()
    """How the collector finds its configuration."""
    engine: Engine | None = None
    """A second engine that the distribution carries."""
    outputs: tuple[Output, ...] = ("wheel",)
    """What `penstock build` makes."""
    platforms: tuple[Platform, ...] = ()
    """Where it must run; empty: everywhere."""
    policy: Policy = Policy()
    """What may be in the distribution."""
    versions: Versions = Versions()
    """Which versions may be chosen, and which must agree."""
    profiles: Mapping[str, Mapping[str, object]] = {}
    """Named changes to this manifest, chosen with `--profile`."""


def sections(manifest: Manifest) -> dict[str, tuple[Component, ...]]:
    """The component lists by section, in the order of `kinds.KINDS`."""
    return {
        "receivers": manifest.receivers,
        "processors": manifest.processors,
        "exporters": manifest.exporters,
        "connectors": manifest.connectors,
        "extensions": manifest.extensions,
        "providers": manifest.providers,
        "converters": manifest.converters,
    }
