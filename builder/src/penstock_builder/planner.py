"""Makes a plan: joins what the manifest wants with what the lock pins."""

import shlex
from collections.abc import Iterator
from typing import TypedDict

from packaging.utils import canonicalize_name
from packaging.version import Version

from penstock_builder import words
from penstock_builder.conditions import condition
from penstock_builder.config_schema import config_schema
from penstock_builder.kinds import KINDS, TELEMETRY
from penstock_builder.kubernetes import kubernetes
from penstock_builder.load import Loaded
from penstock_builder.lock import Lock
from penstock_builder.manifest import Dist
from penstock_builder.plan import (
    BuildOption,
    Command,
    Entry,
    LocalProject,
    MissingModule,
    Plan,
    ReplacedProject,
    Section,
)
from penstock_builder.project import Project
from penstock_builder.registration import Registration
from penstock_builder.replaced import replaced
from penstock_builder.resolve import Resolution
from penstock_builder.sample import sample

__all__ = ("make_plan",)


class _Image(TypedDict):
    """The part of a plan that is about a container."""

    installed_first: tuple[str, ...]
    image_wheels: str
    image_needs: str


def make_plan(loaded: Loaded, resolution: Resolution, lock: Lock) -> Plan:
    """Join what the manifest wants with what the lock pins; raises `LockError` for a missing pin."""
    dist = loaded.manifest.dist
    dependencies = tuple(_dependencies(loaded, resolution, lock))
    entries = tuple(_entry(one, resolution, lock) for one in resolution.registrations)
    return Plan(
        name=dist.name,
        module=dist.package or words.module_for(dist.name),
        description=dist.description,
        version=dist.version,
        requires_python=dist.requires_python,
        embed=dist.embed,
        manifest=loaded.file.name,
        collector=_collector_version(resolution, lock),
        dependencies=dependencies,
        sections=_sections(entries),
        commands=tuple(_command(name, one) for name, one in resolution.commands),
        kubernetes=kubernetes(
            dist.name, dist.version, {entry.alias for entry in entries if not entry.condition}
        ),
        local=tuple(_local(loaded, resolution)),
        sample=sample(dict(_shown(entries))),
        config_schema=config_schema(dist.name, entries, {one.name: one.schemas for one in resolution.local}),
        lock=lock.text,
        build_options=tuple(_build_options(loaded)),
        missing=tuple(
            MissingModule(section=one.section, module=f"{one.module.path} {one.module.version}")
            for one in loaded.source.missing
        ),
        replaced=tuple(_replaced(loaded, lock)),
        wheel=_wheel(dist),
        **_image(dist, resolution),
        metadata=tuple(_metadata(dist)),
        build_metadata=tuple(_build_metadata(dependencies)),
        debugging=("debugging",) if dist.debug else (),
        plugins=tuple(_plugins(dist)),
    )


def _wheel(dist: Dist) -> str:
    return f"{canonicalize_name(dist.name).replace('-', '_')}-{Version(dist.version)}"


def _image(dist: Dist, resolution: Resolution) -> _Image:
    """A wheel that embeds nothing needs the components beside it, and the wheelhouse has them all."""
    first = () if dist.embed == "all" else ("requirements.lock",)
    if dist.embed != "none":
        return _Image(
            installed_first=first, image_wheels=f"/wheels/{_wheel(dist)}-*.whl", image_needs="the wheel"
        )
    wanted = [f"{dist.name}=={dist.version}"]
    for project in resolution.local:
        marker = resolution.conditions.get(project.name, "")
        wanted.append(f"{project.name}=={project.version}" + (f" ; {marker}" if marker else ""))
    words = shlex.join(["--find-links", "/wheels", *wanted])
    return _Image(installed_first=first, image_wheels=words, image_needs="the wheels of the wheelhouse")


def _command(name: str, one: Registration) -> Command:
    given = (condition(one.marker),) if one.marker else ()
    return Command(name=name, module=one.module, condition=given)


def _plugins(dist: Dist) -> Iterator[str]:
    if dist.plugins:
        yield f"{dist.package or words.module_for(dist.name)}_PLUGINS".upper()


def _metadata(dist: Dist) -> Iterator[tuple[str, object]]:
    if dist.license:
        yield "license", dist.license
    if dist.authors:
        yield "authors", tuple(one.model_dump(exclude_none=True) for one in dist.authors)
    if dist.urls:
        yield "urls", dist.urls


def _build_metadata(dependencies: tuple[str, ...]) -> Iterator[tuple[str, object]]:
    if any(" @ " in one for one in dependencies):
        yield "allow-direct-references", True


def _build_options(loaded: Loaded) -> Iterator[BuildOption]:
    scheme = loaded.manifest.conf_resolver.default_uri_scheme
    if scheme:
        yield BuildOption(key="default_scheme", value=scheme)


def _replaced(loaded: Loaded, lock: Lock) -> Iterator[ReplacedProject]:
    reasons = {one.project: one.reason for one in loaded.manifest.replaces}
    for one in replaced(lock):
        yield ReplacedProject(
            name=one.project, kind=one.kind, version=one.version, reason=reasons.get(one.project, "")
        )


def _entry(one: Registration, resolution: Resolution, lock: Lock) -> Entry:
    local = next((project for project in resolution.local if project.name == one.project), None)
    return Entry(
        kind=one.kind,
        name=one.name,
        project=one.project,
        version=local.version if local else lock.version(one.project),
        module=one.module,
        attribute=one.attribute,
        alias=one.alias,
        path=local.path if local else "",
        condition=(condition(one.marker),) if one.marker else (),
        index=resolution.indexes.assigned.get(one.project, ""),
    )


def _local(loaded: Loaded, resolution: Resolution) -> Iterator[LocalProject]:
    reasons = {one.project: one.reason for one in loaded.manifest.replaces}
    for one in resolution.local:
        yield LocalProject(
            name=one.name,
            version=one.version,
            path=one.path,
            reason=reasons.get(one.name, ""),
            marker=resolution.conditions.get(one.name, ""),
        )


def _collector_version(resolution: Resolution, lock: Lock) -> str:
    name = "penstock-collector"
    return next((one.version for one in resolution.local if one.name == name), "") or lock.version(name)


def _dependencies(loaded: Loaded, resolution: Resolution, lock: Lock) -> Iterator[str]:
    """The exact requirements of the wheel; what is embedded is not one of them.

    What neither this machine nor an index has is required from its address: a commit, or a file's digest.
    """
    if loaded.manifest.dist.embed == "all":
        return
    embedded = loaded.manifest.dist.embed == "components"
    if not embedded:
        yield from (_required(project, resolution) for project in resolution.local)
    yield from (str(pin) for pin in lock.pins if not (embedded and pin.name in resolution.indexed))


def _required(project: Project, resolution: Resolution) -> str:
    marker = resolution.conditions.get(project.name, "")
    what = project.address or f"{project.name}=={project.version}"
    return f"{what} ; {marker}" if marker else what


def _sections(entries: tuple[Entry, ...]) -> tuple[Section, ...]:
    return tuple(section for _, section in _by_field(entries))


def _shown(entries: tuple[Entry, ...]) -> Iterator[tuple[str, list[str]]]:
    """What a sample may have: it starts everywhere, unless there is nothing else for it."""
    for section, found in _by_field(entries):
        yield section, [one.name for one in found.always or found.entries]


def _by_field(entries: tuple[Entry, ...]) -> Iterator[tuple[str, Section]]:
    told = any(entry.kind == TELEMETRY for entry in entries)
    for field, kind in {**KINDS, **({TELEMETRY: TELEMETRY} if told else {})}.items():
        yield field, Section(field=field, entries=tuple(entry for entry in entries if entry.kind == kind))
