"""A manifest of the OpenTelemetry Collector Builder, read as one of ours.

Its keys may be written in any case, and what has no meaning here is left out with a warning, not an error.
What its `gomod:` lines stand for is `gomodules.py`'s question.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from penstock_builder.document import Document
from penstock_builder.kinds import KINDS
from penstock_builder.manifest import Component, Dist, Manifest
from penstock_builder.model import Model
from penstock_builder.problems import Problem, shown
from penstock_builder.tree import Branch, branch, document, leaf, renamed

__all__ = ("OCB_KEYS", "translated")

OCB_KEYS: Mapping[str, str] = {
    "build_tags": "there are no build tags; `dist.extras` names extras of the collector",
    "go": "no Go is used",
    "include_core": "it was removed: every component is listed",
    "module": "the import package follows `dist.name`, or is `dist.package`",
    "otelcol_version": "it was removed: each component has its own version",
    "use_absolute_replace_paths": "paths are always relative",
}
"""Keys of `dist` that only the other builder has, and what to use instead."""

_RENAMED = {"cgo_enabled": "allow_native", "debug_compilation": "debug"}
_DEFAULT_PROVIDERS = ("env", "file", "http", "https", "yaml")
_PROVIDER = "go.opentelemetry.io/collector/confmap/provider/{}provider v1.0.0"


@dataclass(slots=True)
class _Notes:
    like: Document
    found: list[Problem] = field(default_factory=list)

    def add(self, one: Branch, path: str, what: str, hint: str = "") -> None:
        line, column = one.key or one.value
        self.found.append(Problem(file=one.file, line=line, column=column, path=path, what=what, hint=hint))


def translated(found: Document) -> tuple[Document, tuple[Problem, ...]]:
    """The manifest as ours, and a warning for each part of it that is left out."""
    notes = _Notes(found)
    root = renamed(branch(found), str.lower)
    top = dict(_known(root, Manifest, "", notes))
    if "dist" in top:
        top["dist"] = _dist(top["dist"], notes)
    for section in KINDS:
        if section in top:
            entries = enumerate(top[section].entries)
            kept = tuple(_entry(one, shown((section, index)), notes) for index, one in entries)
            top[section] = top[section].holding(kept)
    for section in ("replaces", "excludes"):
        if section in top:
            notes.add(top[section], section, "is left out: it is about Go modules")
            del top[section]
    if "providers" not in top:
        top["providers"] = root.holding(tuple(_default_providers(root)))
    return document(root.holding(top), found), tuple(notes.found)


def _known(one: Branch, model: type[Model], path: str, notes: _Notes) -> Iterator[tuple[str, Branch]]:
    names = {field.alias or name for name, field in model.model_fields.items()}
    for name, inner in one.items.items():
        if name in names:
            yield name, inner
        else:
            hint = OCB_KEYS.get(name, "") if path == "dist" else ""
            notes.add(inner, f"{path}.{name}".lstrip("."), "is left out: it has no meaning here", hint)


def _dist(one: Branch, notes: _Notes) -> Branch:
    kept = {_RENAMED.get(name, name): inner for name, inner in one.items.items()}
    # without compiled code and debugging is how everything is built here
    kept = {
        name: inner
        for name, inner in kept.items()
        if not (name in _RENAMED.values() and inner.content is False)
    }
    known = dict(_known(one.holding(kept), Dist, "dist", notes))
    if "version" not in known:
        notes.add(one, "dist.version", "is not given: 0.0.0 is taken")
        known["version"] = leaf("0.0.0", one)
    return one.holding(known)


def _entry(one: Branch, path: str, notes: _Notes) -> Branch:
    if not isinstance(one.content, Mapping):
        return one
    known = dict(_known(one, Component, path, notes))
    if "gomod" in known and "package" not in known and "path" in known:
        notes.add(known.pop("path"), f"{path}.path", "is left out: it leads to a Go module")
    return one.holding(known)


def _default_providers(root: Branch) -> Iterator[Branch]:
    for name in _DEFAULT_PROVIDERS:
        yield root.holding({"gomod": leaf(_PROVIDER.format(name), root)})
