"""The versions that were chosen against the versions that were written."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from penstock_builder.lines import lines
from penstock_builder.load import Loaded
from penstock_builder.lock import Lock
from penstock_builder.manifest import Component
from penstock_builder.problems import KeyPath, Problem
from penstock_builder.resolve import Resolution

__all__ = ("version_problems",)

_EXACT = frozenset({"==", "~=", ">=", "==="})


def version_problems(loaded: Loaded, resolution: Resolution, lock: Lock) -> Iterator[Problem]:
    """Everything that `versions` of the manifest forbids."""
    versions = loaded.manifest.versions
    chosen = _chosen(resolution, lock)
    replaced = {one.project for one in loaded.manifest.replaces}
    exempt = {canonicalize_name(name) for name in versions.exempt}
    if versions.strict:
        for where, component in lines(loaded.manifest):
            if component.project not in exempt | replaced and component.project in chosen:
                yield from _drifted(where, component, chosen[component.project], loaded, resolution)
    for pattern in versions.trains:
        yield from _apart(pattern, {one: chosen[one] for one in chosen.keys() - exempt}, loaded)


def _chosen(resolution: Resolution, lock: Lock) -> Mapping[str, str]:
    chosen: dict[str, str] = {canonicalize_name(pin.name): pin.version for pin in lock.pins}
    return chosen | {project.name: project.version for project in resolution.local}


def _drifted(
    where: KeyPath, component: Component, chosen: str, loaded: Loaded, resolution: Resolution
) -> Iterator[Problem]:
    written = [
        one.version.removesuffix(".*") for one in component.requirement.specifier if one.operator in _EXACT
    ]
    if not written or _series(max(written, key=Version)) == _series(chosen):
        return
    what = f"is {written[0]} here, and locked at: {chosen}"
    forced = [
        f"{want.by} asks for {want.requirement}"
        for want in resolution.wants
        if want.by and canonicalize_name(Requirement(want.requirement).name) == component.project
    ]
    if forced:
        what = f"{what} ({'; '.join(forced)})"
    hint = "write the version that is meant, or list the project under `versions.exempt`"
    yield loaded.document.problem((*where, "package"), what, hint)


def _series(version: str) -> tuple[int, int]:
    parsed = Version(version)
    return parsed.major, parsed.minor


def _apart(pattern: str, chosen: Mapping[str, str], loaded: Loaded) -> Iterator[Problem]:
    """One problem for a train, with everybody who is on it and at which version."""
    train = {name: version for name, version in sorted(chosen.items()) if fnmatchcase(name, pattern)}
    if len(set(train.values())) > 1:
        by_version: dict[str, list[str]] = {}
        for name, version in train.items():
            by_version.setdefault(version, []).append(name)
        said = "; ".join(f"{version}: {', '.join(by_version[version])}" for version in sorted(by_version))
        what = f"projects of one train have several versions: {pattern}: {said}"
        hint = "give them one version, or list some under `versions.exempt`"
        yield loaded.document.problem(("versions", "trains"), what, hint)
