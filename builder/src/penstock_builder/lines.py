"""Every line of a manifest that names a project, with its place and the kind of component that it brings."""

from collections.abc import Iterator

from penstock_builder import __version__
from penstock_builder.kinds import KINDS, TELEMETRY
from penstock_builder.manifest import Component, Manifest, sections
from penstock_builder.problems import KeyPath
from penstock_builder.settings import Engine

__all__ = ("ENGINE", "engine_line", "kind_of", "lines")

ENGINE = "penstock-extension-engine"
"""The project of the embedded engine, unless a manifest names another one."""


def lines(manifest: Manifest) -> Iterator[tuple[KeyPath, Component]]:
    """The collector if it is named, the sections in the order of `kinds.KINDS`, engine and telemetry."""
    if manifest.collector:
        yield ("collector",), manifest.collector
    for section, components in sections(manifest).items():
        yield from (((section, index), component) for index, component in enumerate(components))
    if manifest.engine:
        yield ("engine",), engine_line(manifest.engine)
    if manifest.telemetry:
        yield ("telemetry",), manifest.telemetry


def kind_of(where: KeyPath) -> str:
    """What a line brings; nothing, if it is the collector's."""
    section = str(where[0])
    return {**KINDS, "engine": "extension", "telemetry": TELEMETRY}.get(section, "")


def engine_line(engine: Engine) -> Component:
    """The extension that embeds the engine: the one that is named, or that of this builder's own version."""
    return Component(
        package=engine.package or f"{ENGINE}=={__version__}",
        path=engine.path,
        git=engine.git,
        rev=engine.rev,
        subdirectory=engine.subdirectory,
        url=engine.url,
        sha256=engine.sha256,
        index=engine.index,
        markers=engine.markers,
    )
