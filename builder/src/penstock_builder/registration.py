"""From one line of a component section to the factories it brings."""

from dataclasses import dataclass, replace

from penstock_builder import words
from penstock_builder.manifest import Component
from penstock_builder.project import Project
from penstock_builder.settings import Engine

__all__ = ("Registration", "RegistrationError", "engine", "registrations")

_ATTRIBUTE = "factory"


class RegistrationError(ValueError):
    """No factory can be told from the line; `key` is the key of the line that is at fault."""

    def __init__(self, key: str, what: str, hint: str = "") -> None:
        super().__init__(key, what, hint)
        self.key = key
        self.what = what
        self.hint = hint


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """One factory of the distribution: what users call it, and where it is imported from."""

    kind: str
    name: str
    project: str
    module: str
    attribute: str
    marker: str = ""
    """The condition under which the distribution has it; empty: always."""

    @property
    def alias(self) -> str:
        """The Python name of the factory in generated code: depends on nothing but kind and name."""
        return f"{self.kind}_{self.name}"


def registrations(kind: str, component: Component, project: Project | None) -> tuple[Registration, ...]:
    """Read them from the entry points of `project`, or derive the one of an index project from its name."""
    if component.factory and (not component.import_ or ":" in component.import_):
        raise RegistrationError("factory", "needs `import:` with the module only next to it")
    points = _declared(kind, component, project) if project else _derived(kind, component)
    if component.import_:
        if len(points) > 1:
            raise RegistrationError(
                "import", "needs `name:` next to it, because the project has several entry points"
            )
        target = component.import_
        if component.factory and ":" not in target:
            target = f"{target}:{component.factory}"
        points = dict.fromkeys(points, target)
    return tuple(_registration(kind, name, component, target) for name, target in sorted(points.items()))


def engine(named: Engine, brought: tuple[Registration, ...]) -> tuple[Registration, ...]:
    """The one extension of the engine's project, under the name that the manifest gives it."""
    if len(brought) > 1:
        names = ", ".join(one.name for one in brought)
        raise RegistrationError("package", f"brings several extensions, and the engine is one: {names}")
    return tuple(replace(one, name=named.name) for one in brought)


def _declared(kind: str, component: Component, project: Project) -> dict[str, str]:
    group = f"penstock.{kind}"
    points = dict(project.entry_points.get(group, {}))
    if not points:
        others = [name for name in sorted(project.entry_points) if name.startswith("penstock.")]
        what = f"has no entry point in group {group}: {project.name}"
        raise RegistrationError(
            "package", what, f"it has entry points in {', '.join(others)}" if others else ""
        )
    if component.name and component.name not in points:
        has = ", ".join(sorted(points))
        raise RegistrationError(
            "name", f"is no entry point in group {group} (it has: {has}): {component.name}"
        )
    return {component.name: points[component.name]} if component.name else points


def _derived(kind: str, component: Component) -> dict[str, str]:
    prefix = f"penstock-{kind}-"
    if component.name:
        return {component.name: f"{words.module_for(component.project)}:{_ATTRIBUTE}"}
    if not component.project.startswith(prefix):
        what = f"does not say what the {kind} is called: {component.project}"
        raise RegistrationError(
            "package", what, "add `name:` (and `import:` if it is not `<project>:factory`)"
        )
    name = component.project.removeprefix(prefix).replace("-", "_")
    return {name: f"{words.module_for(component.project)}:{_ATTRIBUTE}"}


def _registration(kind: str, name: str, component: Component, target: str) -> Registration:
    try:
        words.component_id(name)
        module, _, attribute = words.import_target(target).partition(":")
    except words.WordError as error:
        raise RegistrationError("package", error.what, error.hint) from error
    return Registration(
        kind=kind,
        name=name,
        project=component.project,
        module=module,
        attribute=attribute or _ATTRIBUTE,
        marker=component.markers or "",
    )
