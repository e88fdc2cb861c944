"""What `penstock plan --json` says."""

from penstock_builder.answer import Answer

__all__ = (
    "PlanReport",
    "PlannedCommand",
    "PlannedComponent",
    "PlannedDistribution",
    "PlannedProject",
    "PlannedValue",
)


class PlannedDistribution(Answer):
    """What is built, and where."""

    name: str
    version: str
    description: str
    requires_python: str
    embed: str
    manifest: str
    output: str


class PlannedValue(Answer):
    """A key that does not come from the manifest."""

    key: str
    origin: str


class PlannedComponent(Answer):
    """A factory of the distribution."""

    kind: str
    name: str
    """What users call it in a collector's configuration."""
    project: str
    version: str
    source: str
    """`index`, with its name in the manifest if it has one, or the project's path as spelt there."""
    why: str
    condition: str = ""
    """Where the distribution has it (PEP 508); empty: everywhere."""


class PlannedCommand(Answer):
    """A subcommand that a component brings."""

    name: str
    project: str


class PlannedProject(Answer):
    """A project whose code is in the distribution, or is required by it."""

    name: str
    version: str
    source: str
    why: str
    condition: str = ""
    """Where it is installed (PEP 508); empty: everywhere."""


class PlanReport(Answer):
    """The answer of `penstock plan --json`."""

    distribution: PlannedDistribution
    overrides: tuple[PlannedValue, ...]
    components: tuple[PlannedComponent, ...]
    commands: tuple[PlannedCommand, ...] = ()
    """Subcommands besides the collector's own."""
    projects: tuple[PlannedProject, ...]
    forced: tuple[str, ...]
    """Requirements that a replacement does not meet, and that are overruled."""
    lock: tuple[str, ...]
    """Why the lock does not fit; empty if it does."""
