"""Decodes the sections that configure components: `receivers` to `extensions`."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol, TypeVar

from penstock_api import ComponentId, Config, ConfigError, Kind, Registered, decode
from penstock_api.yaml import Path
from penstock_collector.config.durations import bare_durations
from penstock_collector.config.findings import Findings
from penstock_collector.config.types import Configured

__all__ = ("Section", "read_section")


class _Factory(Protocol):
    """What every kind of factory has."""

    @property
    def kind(self) -> str:
        """Its type."""
        ...

    @property
    def config(self) -> type[Config]:
        """The model of its config."""
        ...

    @property
    def aliases(self) -> tuple[str, ...]:
        """Older names of its type."""
        ...


F = TypeVar("F", bound=_Factory)
_REMOVED = {(Kind.EXPORTER, "logging"): "the `logging` exporter was removed: use `debug`"}


class Section(dict[ComponentId, Configured[F]]):
    """The components of one section that are right, and `names`: the ids of all, right or wrong."""

    names: frozenset[ComponentId] = frozenset()


def read_section(
    kind: Kind, value: object, registered: Sequence[Registered[F]], findings: Findings
) -> Section[F]:
    """Decode every entry of one section, noting every mistake of every entry."""
    section: Section[F] = Section()
    names: set[ComponentId] = set()
    for key, body in findings.mapping(value, (kind.section,)).items():
        path: Path = (kind.section, key)
        try:
            found = ComponentId.parse(key)
        except ValueError as error:
            findings.add(path, str(error))
            continue
        if found in names:
            findings.add(path, f'duplicate name "{found}" after unmarshaling')
            continue
        names.add(found)
        factory = _factory(kind, found, registered, findings, path)
        if factory is None:
            continue
        config = findings.attempt(partial(_decoded, factory, body, path))
        if config is not None:
            _warn_of_durations(type(config), body, path, findings)
            section[found] = Configured(factory=factory, config=config, where=findings.where(path))
    section.names = frozenset(names)
    return section


def _decoded(registered: Registered[F], body: object, path: Path) -> Config:
    """The config of one component; one that cannot be loaded is a mistake where it is configured."""
    try:
        model = registered.factory.config
    except ConfigError as error:
        raise ConfigError(*(replace(problem, path=path) for problem in error.problems)) from error
    return decode(model, body, path)


def _warn_of_durations(model: type[Config], body: object, path: Path, findings: Findings) -> None:
    for at, number in bare_durations(model, body, path):
        shown = "::".join(map(str, at))
        findings.warn(f"{findings.where(at)}: {shown}: a duration without a unit is in nanoseconds: {number}")


def _factory(
    kind: Kind, found: ComponentId, registered: Sequence[Registered[F]], findings: Findings, path: Path
) -> Registered[F] | None:
    """The factory that the type of `found` names, by its own name or an older one."""
    table = _table(found.kind, registered)
    if found.kind not in table:
        valid = sorted(one.name for one in registered)
        near = difflib.get_close_matches(found.kind, valid, n=1)
        hint = _REMOVED.get((kind, found.kind)) or (f"did you mean `{near[0]}`?" if near else "")
        what = f'unknown type: "{found.kind}" for id: "{found}" (valid values: [{", ".join(valid)}])'
        findings.add(path, what, hint)
        return None
    one = table[found.kind]
    if found.kind != one.name:
        findings.warn(f'{findings.where(path)}: "{found.kind}" alias is deprecated; use "{one.name}" instead')
    return one


def _table(wanted: str, registered: Sequence[Registered[F]]) -> Mapping[str, Registered[F]]:
    """By name; if nothing is called `wanted`, every factory is loaded and asked for its older names."""
    names = {one.name: one for one in registered}
    if wanted in names:
        return names
    return {**{alias: one for one in registered for alias in one.aliases}, **names}
