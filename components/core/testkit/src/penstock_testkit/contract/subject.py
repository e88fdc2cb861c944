"""One installed component, and how to make it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from penstock_api import Config, Consumer, Kind, RouterFactory, Settings, Signal, decode
from penstock_testkit.capabilities import permissive
from penstock_testkit.extension import RunningBundle
from penstock_testkit.metadata import Metadata, load_metadata
from penstock_testkit.outputs import SameOutputs
from penstock_testkit.projects import Project, find_projects

__all__ = ("Subject", "subjects")

# Any: factories and consumers of every kind and signal, and the components' own configs.


@dataclass(frozen=True, slots=True)
class Subject:
    """A component's entry point and its project."""

    point: EntryPoint
    project: Project

    def __str__(self) -> str:
        return f"{self.project.kind}/{self.point.name}"

    @property
    def metadata(self) -> Metadata:
        """Its `metadata.yaml`. Raises `ConfigError`."""
        return load_metadata(self.project.folder / "metadata.yaml")

    @property
    def factory(self) -> Any:
        """What the entry point names."""
        return self.point.load()

    def config(self, value: Mapping[str, Any] | None = None, **places: object) -> Config:
        """The config to start with, or `value`, decoded; `{name}` in strings is filled in by `places`."""
        text = self.metadata.config_to_start if value is None else value
        names = {f"{{{name}}}": str(place) for name, place in places.items()}
        config: Config = decode(self.factory.config, _fill(text, names))
        return config

    def signals(self) -> tuple[str, ...]:
        """What stability is stated for: signals, pairs of them, or the kind."""
        kind, factory = self.project.kind, self.factory
        if kind is Kind.CONNECTOR:
            return tuple(f"{one}_to_{two}" for one, two in factory.pairs())
        if kind in (Kind.EXTENSION, Kind.PROVIDER, Kind.CONVERTER):
            return (kind.value,)
        if isinstance(factory, RouterFactory):
            return tuple(signal.value for signal in Signal)
        return tuple(signal.value for signal in Signal if getattr(factory, f"create_{signal}") is not None)

    def create(self, signal: str, settings: Settings, config: Config, onward: Consumer[Any]) -> Any:
        """The component's object for one of `signals`."""
        kind, factory = self.project.kind, self.factory
        if self.metadata.tests.capabilities:
            settings = replace(settings, capabilities=permissive(*self.metadata.tests.capabilities))
        if kind is Kind.EXTENSION:
            return RunningBundle(factory.create(settings, config), settings.clock, settings.tasks)
        if isinstance(factory, RouterFactory):
            names = factory.outputs(config) or ("default",)
            return factory.create(settings, config, SameOutputs(names, onward))
        make = getattr(factory, signal if kind is Kind.CONNECTOR else f"create_{signal}")
        return make(settings, config) if kind is Kind.EXPORTER else make(settings, config, onward)

    def create_all(self, settings: Settings, config: Config, onward: Consumer[Any]) -> list[Any]:
        """The objects for all signals; one that several share comes once."""
        if isinstance(self.factory, RouterFactory):
            return [self.create("", settings, config, onward)]
        made = [self.create(signal, settings, config, onward) for signal in self.signals()]
        return list({id(one): one for one in made}.values())


def subjects(root: Path) -> Iterator[Subject]:
    """The installed components of the repository at `root`, by kind and id."""
    for project in find_projects(root):
        points = entry_points(group=f"penstock.{project.kind}")
        for point in points:
            if point.dist is not None and point.dist.name == project.name:
                yield Subject(point, project)


def _fill(value: Any, names: Mapping[str, str]) -> Any:
    """`value` with `names` replaced in every string."""
    if isinstance(value, str):
        for name, text in names.items():
            value = value.replace(name, text)
        return value
    if isinstance(value, Mapping):
        return {key: _fill(one, names) for key, one in value.items()}
    return [_fill(one, names) for one in value] if isinstance(value, (list, tuple)) else value
