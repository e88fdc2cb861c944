"""Edits a manifest in place: the result is checked before the file changes, and the rest stays as it is."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from penstock_builder import splice
from penstock_builder.document import Document, Value, parse, read_main
from penstock_builder.errors import ManifestError
from penstock_builder.index_rules import index_problems
from penstock_builder.kinds import KINDS
from penstock_builder.problems import KeyPath, shown
from penstock_builder.validate import validate
from penstock_builder.write import replace_file

__all__ = ("Edit", "add", "pin", "remove", "replace")

_CONSTRAINTS, _REPLACES = "constraints", "replaces"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What was done, in the user's words, and to which line."""

    what: str
    changed: bool


def pin(file: Path, wanted: Requirement) -> Edit:
    """Give a component, or whatever else is required, exactly one version."""
    name = canonicalize_name(wanted.name)
    document = read_main(file)
    places = [where for where, entry in _components(document.value) if _named(entry) == name]
    if not places:
        return _constrain(file, document, name, wanted)

    def change(layout: splice.Layout) -> str:
        text = layout.text
        for where in places:
            extras = _extras(_at(document.value, (*where, "package")))
            text = splice.assigned(
                splice.Layout.of(text), (*where, "package"), _line(f"{name}{extras}", wanted)
            )
        return text

    changed = _apply(file, change)
    return Edit(
        what=f"{', '.join(shown(where) for where in places)}: {name} {wanted.specifier}", changed=changed
    )


def add(file: Path, section: str, item: Mapping[str, str]) -> Edit:
    """Add a component to the end of a section."""
    changed = _apply(file, lambda layout: splice.appended(layout, section, item))
    return Edit(what=f"{section}: {item['package']}", changed=changed)


def remove(file: Path, name: str) -> Edit:
    """Take every entry of a project out: components, replacements and constraints."""
    wanted = canonicalize_name(name)
    document = read_main(file)
    places = [where for where, entry in _everything(document.value) if _named(entry) == wanted]
    for where, entry in _single(document.value):
        if _named(entry) == wanted:
            raise _mistake(document, where, f"is no list, so that a person has to take out: {wanted}")
    if not places:
        raise _mistake(document, (), f"does not name: {wanted}")

    def change(layout: splice.Layout) -> str:
        text = layout.text
        for section, index in sorted(places, reverse=True, key=lambda where: (str(where[0]), int(where[1]))):
            text = splice.removed(splice.Layout.of(text), str(section), int(index))
        return text

    changed = _apply(file, change)
    return Edit(what=f"{_all(places)}: removed", changed=changed)


def replace(file: Path, item: Mapping[str, str]) -> Edit:
    """Add a replacement, or take the place of the one that there is for the same dependency."""
    wanted = canonicalize_name(item["dependency"])
    document = read_main(file)
    places = [where for where, entry in _entries(document.value, _REPLACES) if _named(entry) == wanted]

    def change(layout: splice.Layout) -> str:
        for section, index in reversed(places):
            layout = splice.Layout.of(splice.removed(layout, str(section), int(index)))
        return splice.appended(layout, _REPLACES, item)

    return Edit(what=f"{_REPLACES}: {wanted}", changed=_apply(file, change))


def _constrain(file: Path, document: Document, name: str, wanted: Requirement) -> Edit:
    line = _line(name, wanted)
    places = [where for where, entry in _entries(document.value, _CONSTRAINTS) if _named(entry) == name]

    def change(layout: splice.Layout) -> str:
        if places:
            return splice.assigned(layout, places[0], line)
        return splice.appended(layout, _CONSTRAINTS, line)

    return Edit(what=f"{_CONSTRAINTS}: {line}", changed=_apply(file, change))


def _apply(file: Path, change: Callable[[splice.Layout], str]) -> bool:
    """Change the text, check what came out, and only then replace the file."""
    document = read_main(file)
    with file.open(encoding="utf-8", newline="") as stream:
        before = stream.read()
    try:
        after = change(splice.Layout.of(before))
    except splice.SpliceError as error:
        raise _mistake(document, (), f"cannot be edited: {error}") from error
    edited = parse(after, str(file))
    manifest, problems = validate(edited)
    problems = (*problems, *(index_problems(manifest, edited) if manifest and not problems else ()))
    if problems:
        raise ManifestError(problems)
    if after != before:
        replace_file(file.parent, PurePosixPath(file.name), after)
    return after != before


def _mistake(document: Document, where: KeyPath, what: str) -> ManifestError:
    return ManifestError([document.problem(where, what)])


def _everything(value: Value) -> Iterator[tuple[KeyPath, Value]]:
    for section in (*KINDS, _REPLACES, _CONSTRAINTS):
        yield from _entries(value, section)


def _components(value: Value) -> Iterator[tuple[KeyPath, Value]]:
    yield from _single(value)
    for section in KINDS:
        yield from _entries(value, section)


def _single(value: Value) -> Iterator[tuple[KeyPath, Value]]:
    """The keys that hold one project, and not a list of them."""
    for key in ("collector", "engine", "telemetry"):
        entry = value.get(key) if isinstance(value, Mapping) else None
        if isinstance(entry, Mapping):
            yield (key,), entry


def _entries(value: Value, section: str) -> Iterator[tuple[KeyPath, Value]]:
    listed = value.get(section) if isinstance(value, Mapping) else None
    for index, entry in enumerate(listed if isinstance(listed, tuple) else ()):
        yield (section, index), entry


def _named(entry: Value) -> str | None:
    text = entry.get("package", entry.get("dependency")) if isinstance(entry, Mapping) else entry
    try:
        return canonicalize_name(Requirement(text).name) if isinstance(text, str) else None
    except InvalidRequirement:
        return None


def _at(value: Value, path: KeyPath) -> Value:
    for part in path:
        if isinstance(value, Mapping) and isinstance(part, str):
            value = value.get(part)
        elif isinstance(value, tuple) and isinstance(part, int):
            value = value[part]
    return value


def _all(places: Iterable[KeyPath]) -> str:
    return ", ".join(shown(where) for where in places)


def _line(name: str, wanted: Requirement) -> str:
    """A requirement the way manifests have it."""
    return f"{name} {wanted.specifier}".replace("==", "== ")


def _extras(text: Value) -> str:
    extras = sorted(Requirement(text).extras) if isinstance(text, str) else []
    return f"[{','.join(extras)}]" if extras else ""
