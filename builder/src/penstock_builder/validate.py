"""A document to a manifest, or to the list of everything that is wrong with it."""

import difflib
from collections.abc import Iterator, Mapping
from typing import get_args

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from penstock_builder import words
from penstock_builder.document import Document, Unquoted, Value
from penstock_builder.kinds import KINDS
from penstock_builder.manifest import Manifest, sections
from penstock_builder.ocb import OCB_KEYS
from penstock_builder.problems import KeyPath, Problem

__all__ = ("validate",)


def validate(document: Document, *, allow_empty: bool = False) -> tuple[Manifest | None, tuple[Problem, ...]]:
    """Check `document` against the model and against the rules between its entries."""
    problems = [*document.problems, *_duplicates(document), *_nameless(document)]
    manifest = None
    try:
        manifest = Manifest.model_validate(document.value)
    except ValidationError as error:
        problems += [_explained(detail, document) for detail in error.errors(include_url=False)]
    else:
        problems += _between_keys(manifest, document, allow_empty=allow_empty)
    return manifest, tuple(problems)


def _explained(detail: ErrorDetails, document: Document) -> Problem:
    path: KeyPath = tuple(detail["loc"])
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        return document.problem(path, "unknown key", _known_elsewhere(path) or _nearest(path), key=True)
    if kind == "missing":
        return document.problem(path, "is required", key=True)
    if kind == "word":
        return document.problem(path, str(context["what"]), str(context["hint"]))
    what, hint = _wrong_type(path, kind, detail["input"], context)
    return document.problem(path, what, hint)


def _wrong_type(path: KeyPath, kind: str, value: Value, context: Mapping[str, object]) -> tuple[str, str]:
    if kind == "literal_error":
        return f"must be {context['expected']}: {_brief(value)}", ""
    if kind == "model_type" and path[:1] == ("replaces",):
        return f"must be a mapping, or `name => replacement`: {_brief(value)}", ""
    if kind == "string_type" and isinstance(value, Unquoted | bool):
        text = _brief(value)
        return f"must be text, and YAML reads another type: {text}", f'put it in quotes: "{text}"'
    return f"must be {_EXPECTED.get(kind, 'of another type')}: {_brief(value)}", ""


_EXPECTED = {
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "int_type": "a whole number",
    "model_type": "a mapping",
    "string_type": "text",
    "tuple_type": "a list",
}


def _brief(value: Value) -> str:
    if isinstance(value, Unquoted):
        return value.text
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, tuple):
        return "a list"
    if value is None:
        return "nothing"
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _known_elsewhere(path: KeyPath) -> str:
    """What to say about a key of the other builder, or about one in other letters."""
    name = str(path[-1])
    if path[:-1] == ("dist",) and name.lower() in OCB_KEYS:
        return "it is a key of the OpenTelemetry Collector Builder: use --compat=ocb, or penstock import"
    return ""


def _nearest(path: KeyPath) -> str:
    names = sorted(_keys(_model_at(path[:-1])))
    found = difflib.get_close_matches(str(path[-1]), names, n=1, cutoff=0.6)
    return f"did you mean `{found[0]}`?" if found else f"the keys here are {', '.join(names)}"


def _keys(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield field.alias or name


def _model_at(path: KeyPath) -> type[BaseModel]:
    model: type[BaseModel] = Manifest
    for part in path:
        for name, field in model.model_fields.items():
            if (field.alias or name) == part:
                model = next(_models(field.annotation), model)
    return model


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)


def _duplicates(document: Document) -> Iterator[Problem]:
    """Look at the raw entries, because an entry with another mistake can still be a duplicate."""
    for section in (*KINDS, "replaces"):
        first: dict[tuple[Value, ...], KeyPath] = {}
        for path, entry in _entries(document, section):
            identity = _identity(entry)
            if identity is None:
                continue
            if identity in first:
                what = f"already listed on line {document.line(first[identity])}: {identity[0]}"
                yield document.problem(path, what, "remove one of the two")
            first.setdefault(identity, path)


def _nameless(document: Document) -> Iterator[Problem]:
    """A line that names no project; told here, because `gomod:` may stand in for `package:`."""
    for section in (*KINDS, "collector", "telemetry"):
        for path, entry in _entries(document, section):
            if "package" not in entry and "gomod" not in entry:
                yield document.problem((*path, "package"), "is required", key=True)


def _entries(document: Document, section: str) -> Iterator[tuple[KeyPath, Mapping[str, Value]]]:
    listed = document.value.get(section) if isinstance(document.value, Mapping) else None
    if isinstance(listed, Mapping):
        yield (section,), listed
    for index, entry in enumerate(listed if isinstance(listed, tuple) else ()):
        if isinstance(entry, Mapping):
            yield (section, index), entry


def _identity(entry: Mapping[str, Value]) -> tuple[Value, ...] | None:
    text = entry.get("package", entry.get("dependency"))
    if not isinstance(text, str):
        return None
    try:
        name = canonicalize_name(Requirement(text).name)
    except InvalidRequirement:
        return None
    rest = (entry.get("name"), entry.get("import"))
    return (name, *(part if isinstance(part, str) else None for part in rest))


def _between_keys(manifest: Manifest, document: Document, *, allow_empty: bool) -> Iterator[Problem]:
    if manifest.engine and not (manifest.engine.extension or manifest.engine.command):
        hint = "remove `engine`, or one of `extension: false` and `command: false`"
        yield document.problem(("engine",), "is neither an extension nor a command", hint)
    if not allow_empty and not manifest.engine and not any(sections(manifest).values()):
        hint = "add at least one receiver and one exporter, or --allow-empty"
        yield document.problem((), "lists no component", hint)
    if manifest.dist.package is None:
        try:
            words.module_name(words.module_for(manifest.dist.name))
        except words.WordError as error:
            yield document.problem(("dist", "name"), f"as a Python package: {error.what}", error.hint)
    for key in ("name", "import_", "factory", "markers"):
        if manifest.collector and getattr(manifest.collector, key):
            where = ("collector", key.rstrip("_"))
            yield document.problem(where, "has no meaning for the collector", "remove it")
