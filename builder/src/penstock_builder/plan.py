"""Everything that the templates need, decided: they loop and substitute, and nothing else.

A plan holds no absolute path and nothing of the machine, so that what is rendered is the same everywhere.
`planner.make_plan` makes it.
"""

from dataclasses import dataclass

from penstock_builder.conditions import Condition
from penstock_builder.kubernetes import Kubernetes
from penstock_builder.sample import Sample

__all__ = (
    "BuildOption",
    "Command",
    "Entry",
    "LocalProject",
    "MissingModule",
    "Plan",
    "ReplacedProject",
    "Section",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A registered factory with the version of its project; `path` is empty when an index supplies it."""

    kind: str
    name: str
    project: str
    version: str
    module: str
    attribute: str
    alias: str
    path: str
    condition: tuple[Condition, ...] = ()
    """Under which the distribution has it; none: always."""
    index: str = ""
    """The manifest's name for the index that it comes from; empty: the user's own."""

    @property
    def details(self) -> tuple[tuple[str, str], ...]:
        """What else a reader should know."""
        found = tuple(("markers", one.marker) for one in self.condition)
        return (*found, ("index", self.index)) if self.index else found


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The entries of one field of `penstock_api.Components`, in the manifest's order."""

    field: str
    entries: tuple[Entry, ...]

    @property
    def always(self) -> tuple[Entry, ...]:
        """Those that the distribution has everywhere."""
        return tuple(entry for entry in self.entries if not entry.condition)

    @property
    def conditional(self) -> tuple[tuple[Condition, Entry], ...]:
        """The others, each with its condition."""
        return tuple((condition, entry) for entry in self.entries for condition in entry.condition)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A subcommand that a component brings, and the package that has it."""

    name: str
    module: str
    condition: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalProject:
    """A project on this machine that goes into the distribution; a replacement says why."""

    name: str
    version: str
    path: str
    reason: str
    marker: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOption:
    """A field of `penstock_api.BuildInfo` that is not as usual."""

    key: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingModule:
    """A Go module of the manifest that nothing here replaces."""

    section: str
    module: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacedProject:
    """A third-party project that another one takes the place of; `kind` says what."""

    name: str
    kind: str
    version: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One distribution."""

    name: str
    module: str
    description: str
    version: str
    requires_python: str
    embed: str
    manifest: str
    collector: str
    dependencies: tuple[str, ...]
    sections: tuple[Section, ...]
    commands: tuple[Command, ...]
    kubernetes: tuple[Kubernetes, ...]
    local: tuple[LocalProject, ...]
    sample: Sample
    config_schema: str
    lock: str
    build_options: tuple[BuildOption, ...] = ()
    missing: tuple[MissingModule, ...] = ()
    replaced: tuple[ReplacedProject, ...] = ()
    wheel: str
    """What the name of the wheel's file begins with: project and version, before the tags."""
    installed_first: tuple[str, ...]
    """Files of requirements that a container installs before the wheel; none if the wheel has everything."""
    image_wheels: str
    """What a container installs of the folder of wheels, as words of a shell."""
    image_needs: str
    """What has to be in that folder, in words."""
    metadata: tuple[tuple[str, object], ...] = ()
    """More fields of `[project]`: licence, authors, addresses, as far as the manifest has them."""
    build_metadata: tuple[tuple[str, object], ...] = ()
    """What the backend must be told about these fields."""
    debugging: tuple[str, ...] = ()
    """The module that prepares the command for looking inside; none unless `dist.debug` is set."""
    plugins: tuple[str, ...] = ()
    """The variable that names a folder with more components, if the distribution is to look there."""
    sboms: tuple[str, ...] = ()
    """Bills of materials beside the package; they exist where it is staged, not where it is committed."""

    @property
    def condition_imports(self) -> tuple[str, ...]:
        """The modules that the conditions of components ask."""
        conditions = (one for section in self.sections for one, _ in section.conditional)
        return tuple(sorted({name for one in conditions for name in one.imports}))

    @property
    def always_commands(self) -> tuple[Command, ...]:
        """The commands that the distribution has everywhere."""
        return tuple(command for command in self.commands if not command.condition)

    @property
    def conditional_commands(self) -> tuple[tuple[Condition, Command], ...]:
        """The others, each with its condition."""
        return tuple((condition, command) for command in self.commands for condition in command.condition)

    @property
    def command_imports(self) -> tuple[str, ...]:
        """The modules that their conditions ask, but for `sys`, which is there anyway."""
        return tuple(
            sorted({name for one, _ in self.conditional_commands for name in one.imports if name != "sys"})
        )
