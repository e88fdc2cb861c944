"""Reads `extensions`, and what nodes bind of them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final  # Any: values that are not checked yet

from penstock_api.capability import ExtensionNotFoundError, known_capabilities
from penstock_api.yaml import Path
from penstock_dataflow.config.reader import Reader
from penstock_dataflow.config.selector import is_name
from penstock_dataflow.config.types import ExtensionConfig, NodeConfig, Scope
from penstock_dataflow.urn import ExtensionUrn, UrnError
from penstock_engine.extensions import Binding, Declaration, check_bindings

__all__ = ("Extensions", "check_scope", "read_bindings", "read_extensions")

Extensions = Mapping[str, ExtensionConfig | None]
"""Every extension that the file names in a scope; None for one that is too wrong to say more of it."""

_KEYS: Final = ("config", "description", "type")


def read_extensions(reader: Reader, value: Any, path: Path, scope: Scope) -> Extensions:
    """The entries of the mapping `value`, which stands at `path`."""
    return {
        name: _extension(reader, name, one, (*path, name), scope)
        for name, one in reader.entries(value, path).items()
    }


def _extension(reader: Reader, name: str, value: Any, path: Path, scope: Scope) -> ExtensionConfig | None:
    if not is_name(name):
        reader.problem(path, f"an extension id has no spaces, brackets or quotes: {name}")
    found = reader.mapping(value, path, known=_KEYS)
    description = reader.description(found, path)
    if "type" not in found:
        hint = "for example `type: extension:basic_credentials`"
        reader.problem((*path, "type"), "required key is missing", hint)
        return None
    text = reader.text(found["type"], (*path, "type"))
    if text is None:
        return None
    try:
        urn = ExtensionUrn.parse(text)
    except UrnError as error:
        reader.problem((*path, "type"), error.what, error.hint)
        return None
    config = found.get("config")
    return ExtensionConfig(id=name, urn=urn, scope=scope, path=path, description=description, config=config)


def read_bindings(reader: Reader, value: Any, path: Path) -> tuple[Binding, ...]:
    """The entries of `capabilities`, which stands at `path`: `name: id`, `name/slot: id` or `name: [id]`."""
    read = (_binding(reader, key, one, (*path, key)) for key, one in reader.entries(value, path).items())
    return tuple(one for one in read if one is not None)


def _binding(reader: Reader, key: str, value: Any, path: Path) -> Binding | None:
    capability, slash, slot = key.partition("/")
    if slash and not is_name(slot):
        hint = f"write `{capability}/<slot>`, or `{capability}` alone"
        reader.problem(path, f"not the name of a slot: {slot}", hint)
        return None
    if value is None or value == []:
        reader.problem(path, "names no extension")
        return None
    extensions: list[str] = []
    for where, one in reader.texts(value, path):
        if one in extensions:
            reader.problem(where, f"listed twice: {one}")
        else:
            extensions.append(one)
    return Binding(capability=capability, slot=slot, extensions=tuple(extensions), path=path)


def check_scope(reader: Reader, nodes: Iterable[NodeConfig], scope: Extensions) -> None:
    """Refuse capabilities that do not exist, and bindings to extensions that are not in `scope`.

    What an extension offers is not known here: each may offer everything.
    """
    every = tuple(known_capabilities().values())
    in_scope = {name: Declaration(id=name, label=name, capabilities=every) for name in scope}
    for node in nodes:
        for found in check_bindings(node.label, node.capabilities, in_scope):
            problem = found.problem()
            name = problem.what.rpartition(": ")[2]
            is_missing = isinstance(found.error, ExtensionNotFoundError)
            elsewhere = next(_declared(reader.document.value, name), None) if is_missing else None
            hint = f"{name} is declared in {elsewhere}, which is not seen from here; at the top all see it"
            reader.problem(problem.path, problem.what, hint if elsewhere is not None else problem.hint)


def _declared(document: Any, name: str) -> Iterator[str]:
    """The places that declare `name`, in file order."""
    groups = _entries(_entries(document).get("groups"))
    for group, one in groups.items():
        if name in _entries(_entries(one).get("extensions")):
            yield f"group {group}"
        for pipeline, inner in _entries(_entries(one).get("pipelines")).items():
            if name in _entries(_entries(inner).get("extensions")):
                yield f"pipeline {group}/{pipeline}"


def _entries(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
