"""Writes shared replacements between the markers of a file, and leaves every other byte as it is."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from penstock_builder.arrows import read_target
from penstock_builder.errors import OutputError
from penstock_builder.sharing import SharedReplacement

__all__ = ("BEGIN", "END", "synced")

BEGIN = "# <begin shared replacements>"
END = "# <end shared replacements>"

_Target = Mapping[str, str | bool]


def synced(text: str, kind: str, replaces: Sequence[SharedReplacement], name: str) -> str:
    """`text`, a file of `kind` called `name`, with `replaces`; raises `OutputError` if that cannot be."""
    newline = "\r\n" if "\r\n" in text else "\n"
    plain = text.replace("\r\n", "\n")
    if newline == "\r\n" and plain.count("\n") != text.count("\r\n"):
        raise OutputError(f"{name}: mixes line endings", "make them all the same")
    write = _WRITERS[kind]
    return write(plain, replaces, name).replace("\n", newline)


def _target(one: SharedReplacement, name: str) -> _Target:
    target = read_target(one.dependency, one.replacement)
    if not target:
        raise OutputError(f"{name}: cannot take the replacement of {one.dependency}: {one.replacement}")
    return target


def _between(text: str, mark: str, lines: Sequence[str], name: str) -> str | None:
    """Put `lines` between the markers; nothing if there are none. `mark` tells several pairs apart."""
    begin, end = BEGIN.replace(">", f"{mark}>"), END.replace(">", f"{mark}>")
    found = text.splitlines(keepends=True)
    first = [index for index, line in enumerate(found) if line.strip() == begin]
    last = [index for index, line in enumerate(found) if line.strip() == end]
    if not first and not last:
        return None
    if len(first) != 1 or len(last) != 1 or last[0] < first[0]:
        raise OutputError(f"{name}: needs one line `{begin}`, and one line `{end}` after it")
    indent = found[first[0]].partition("#")[0]
    inner = [f"{indent}{line}\n" for line in lines]
    return "".join([*found[: first[0] + 1], *inner, *found[last[0] :]])


def _marked(mark: str, lines: Sequence[str], indent: str) -> str:
    begin, end = BEGIN.replace(">", f"{mark}>"), END.replace(">", f"{mark}>")
    return "".join(f"{indent}{line}\n" for line in (begin, *lines, end))


def _manifest(text: str, replaces: Sequence[SharedReplacement], name: str) -> str:
    lines = [line for one in replaces for line in _entry(one, name)]
    return _listed(text, lines, name)


def _entry(one: SharedReplacement, name: str) -> Iterator[str]:
    yield f"- dependency: {_quoted(one.dependency)}"
    for key, value in _target(one, name).items():
        yield f"  {key}: {'true' if value is True else _quoted(str(value))}"
    yield f"  reason: {_quoted(one.reason)}"
    if one.link:
        yield f"  link: {_quoted(one.link)}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _ocb(text: str, replaces: Sequence[SharedReplacement], name: str) -> str:
    lines = [f for one in replaces for f in (f"# {one.reason}", f"- {one.dependency} => {one.replacement}")]
    return _listed(text, lines, name)


def _listed(text: str, lines: Sequence[str], name: str) -> str:
    """Into the list `replaces` of a YAML file; at its end, if there are no markers yet."""
    root = _composed(text, name)
    done = _between(text, "", lines, name)
    if done is None and lines:
        done = _appended(text, root, lines)
    if done is None:
        return text
    _composed(done, name)
    return done


def _composed(text: str, name: str) -> MappingNode:
    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except YAMLError as error:
        raise OutputError(f"{name}: is not YAML, or would not be with the shared replacements") from error
    if not isinstance(root, MappingNode):
        raise OutputError(f"{name}: is not a mapping")
    return root


def _appended(text: str, root: MappingNode, lines: Sequence[str]) -> str:
    """After the last entry; an empty list becomes one that is written line by line."""
    key, node = next(((key, value) for key, value in root.value if key.value == "replaces"), (None, None))
    if key is None:
        gap = "" if not text or text.endswith("\n") else "\n"
        return f"{text}{gap}replaces:\n{_marked('', lines, '  ')}"
    at, indent = key.end_mark.line + 1, "  "
    if isinstance(node, SequenceNode) and node.value and not node.flow_style:
        at, indent = max(leaf.end_mark.line for leaf in _leaves(node)) + 1, " " * node.start_mark.column
    elif isinstance(node, SequenceNode) and not node.value:
        text = text[: node.start_mark.index].rstrip(" ") + text[node.end_mark.index :]
    rows = text.splitlines(keepends=True)
    rows[at - 1] = rows[at - 1].rstrip("\n") + "\n"
    return "".join([*rows[:at], _marked("", lines, indent), *rows[at:]])


def _leaves(node: Node) -> Iterator[Node]:
    if isinstance(node, ScalarNode) or getattr(node, "flow_style", False):
        yield node
        return
    for one in node.value:
        for inner in one if isinstance(one, tuple) else (one,):
            yield from _leaves(inner)


def _pyproject(text: str, replaces: Sequence[SharedReplacement], name: str) -> str:
    """Overrides and sources together: a source alone does not reach what is required indirectly."""
    targets = {one: _target(one, name) for one in replaces}
    kept = {one: target for one, target in targets.items() if not target.keys() & {"drop", "package"}}
    versions = {one: f"=={target['version']}" for one, target in kept.items() if "version" in target}
    overrides = [f'"{one.dependency}{versions.get(one, "")}",  # {one.reason}' for one in kept]
    excludes = [f'"{one.dependency}",  # {one.reason}' for one in targets.keys() - kept.keys()]
    sources = [
        f"{one.dependency} = {_source(target)}" for one, target in kept.items() if "version" not in target
    ]
    for mark, header, lines in (
        (": overrides", "override-dependencies", overrides),
        (": excludes", "exclude-dependencies", sorted(excludes)),
    ):
        text = _in_array(text, mark, header, lines, name)
    text = _in_table(text, ": sources", "tool.uv.sources", sources, name)
    _refuse_missing(text, targets, name)
    return text


def _source(target: _Target) -> str:
    pairs = ", ".join(f"{key} = {_quoted(str(value))}" for key, value in target.items() if key != "sha256")
    return f"{{ {pairs} }}"


def _refuse_missing(text: str, targets: Mapping[SharedReplacement, _Target], name: str) -> None:
    import tomlkit  # noqa: PLC0415 - `check` of manifests alone does without it
    from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415

    try:
        project = tomlkit.parse(text).unwrap().get("project", {})
    except TOMLKitError as error:
        raise OutputError(f"{name}: is not TOML, or would not be with the shared replacements") from error
    required = " ".join(project.get("dependencies", []))
    for target in targets.values():
        other = re.split(r"[=<>~!\[;]", str(target.get("package", "")))[0]
        if other and other not in required:
            raise OutputError(f"{name}: must require what takes the place of another project: {other}")


def _in_array(text: str, mark: str, key: str, lines: Sequence[str], name: str) -> str:
    done = _between(text, mark, lines, name)
    if done is not None or not lines:
        return text if done is None else done
    found = re.search(rf"(?m)^{key}\s*=\s*\[", text)
    block = _marked(mark, lines, "  ")
    if found is None:
        return _in_table(text, "", "tool.uv", [f"{key} = [", *block.splitlines(), "]"], name, bare=True)
    return f"{text[: found.end()]}\n{block}{text[found.end() :].lstrip(' ').removeprefix(chr(10))}"


def _in_table(
    text: str, mark: str, header: str, lines: Sequence[str], name: str, *, bare: bool = False
) -> str:
    """Below the table's header, which is added at the end of the file if need be."""
    done = None if bare else _between(text, mark, lines, name)
    if done is not None or not lines:
        return text if done is None else done
    block = "".join(f"{line}\n" for line in lines) if bare else _marked(mark, lines, "")
    found = re.search(rf"(?m)^\[{re.escape(header)}\][^\n]*(?:\n|\Z)", text)
    if found is None:
        gap = "" if not text or text.endswith("\n") else "\n"
        return f"{text}{gap}\n[{header}]\n{block}"
    gap = "" if found.group().endswith("\n") else "\n"
    return f"{text[: found.end()]}{gap}{block}{text[found.end() :]}"


_WRITERS: Mapping[str, Callable[[str, Sequence[SharedReplacement], str], str]] = {
    "manifest": _manifest,
    "ocb": _ocb,
    "pyproject": _pyproject,
}
