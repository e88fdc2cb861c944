"""Components from a folder of the user, besides those that a distribution carries.

Only a distribution that was built to look there does, and only when its environment names the folder. What
the distribution carries itself cannot be replaced from there, neither a component nor a module.
"""

import os
import re
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.metadata import Distribution, PackageNotFoundError, distributions, version
from pathlib import Path
from typing import Any  # Any: what a group holds is its own promise

from penstock_api import Components, ConfigError, Kind, Registered

__all__ = ("with_plugins",)

_GROUP = "penstock."
_EXACT = re.compile(r"(?P<name>[A-Za-z0-9._-]+)\s*==\s*(?P<version>[^\s;,*]+)\s*(?:;.*)?\Z")


def with_plugins(components: Callable[[], Components], variable: str) -> Callable[[], Components]:
    """`components` and those of the projects that are installed in the folder which `variable` names.

    The result raises `ConfigError` for a folder, or a project in it, that cannot be used.
    """

    def joined() -> Components:
        given = os.environ.get(variable, "")
        return _joined(components(), Path(given), variable) if given else components()

    return joined


def _joined(carried: Components, folder: Path, variable: str) -> Components:
    _require_safe(folder, variable)
    if str(folder) not in sys.path:
        sys.path.append(str(folder))  # last: what is carried comes first
    found = sorted(distributions(path=[str(folder)]), key=lambda one: one.name)
    for project in found:
        _require_fitting(project, folder)
    return replace(
        carried,
        **{
            kind.section: (*getattr(carried, kind.section), *_added(kind, found, carried, folder))
            for kind in Kind
        },
    )


def _require_safe(folder: Path, variable: str) -> None:
    """A folder into which everybody may write would let everybody run code in the collector."""
    try:
        mode = folder.stat().st_mode
    except OSError as error:
        raise ConfigError.single(f"{variable}: cannot be read: {error.strerror}: {folder}") from error
    if not stat.S_ISDIR(mode):
        raise ConfigError.single(f"{variable}: is not a folder: {folder}")
    if mode & stat.S_IWOTH and os.name == "posix":
        raise ConfigError.single(
            f"{variable}: everybody may write into it: {folder}", hint=f"chmod o-w {folder}"
        )


def _require_fitting(project: Distribution, folder: Path) -> None:
    """What it requires in one version only, as components do with the api, must be there in this version."""
    for requirement in project.requires or ():
        wanted = _EXACT.match(requirement)
        if wanted is None or "extra" in requirement.partition(";")[2]:
            continue
        try:
            there = version(wanted["name"])
        except PackageNotFoundError:
            there = "not there"
        if there != wanted["version"]:
            what = f"{folder}: {project.name} {project.version} needs {wanted['name']} {wanted['version']}"
            raise ConfigError.single(f"{what}, which is: {there}")


def _added(
    kind: Kind, projects: list[Distribution], carried: Components, folder: Path
) -> Iterator[Registered[Any]]:  # Any: see above
    taken = {one.name: f"{one.project} {one.version}" for one in getattr(carried, kind.section)}
    for project in projects:
        for point in sorted(project.entry_points.select(group=f"{_GROUP}{kind}")):
            owner = taken.setdefault(point.name, f"{project.name} {project.version}")
            if owner != f"{project.name} {project.version}":
                what = f"{folder}: {kind} {point.name} of {project.name} is there already, of: {owner}"
                raise ConfigError.single(what)
            yield Registered(
                name=point.name, target=point.value, project=project.name, version=project.version
            )
