"""Takes what was replaced out of what uv resolved, and finds out what it is and whom it disappoints."""

import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from email.parser import HeaderParser
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from penstock_builder import uv
from penstock_builder.indexes import Indexes
from penstock_builder.overrides import FETCHED, Override
from penstock_builder.replaced import Replaced, replaced_lines
from penstock_builder.resolve import Resolution

__all__ = ("stand_ins", "substituted", "verified")

_HEAD = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?:==(?P<version>[^\s;]+)| @ (?P<address>\S+))")
_COMMIT = re.compile(r"@(?P<commit>[0-9a-f]{40})(?:#|\Z)")
_VIA = "    # via "
_INSTALL = ("pip", "install", "--no-deps", "--no-sources", "--quiet", "--python", sys.executable)
_Metadata = Mapping[str, tuple[str, tuple[Requirement, ...]]]


def stand_ins(rules: Iterable[Override], folder: Path) -> None:
    """Empty projects for what is dropped: uv tells by them whether somebody requires it."""
    for rule in rules:
        if rule.stands_in:
            (folder / rule.project).mkdir()
            text = f'[project]\nname = "{rule.project}"\nversion = "0"\n'
            (folder / rule.project / "pyproject.toml").write_text(text, encoding="utf-8")


def verified(rules: Iterable[Override], *, offline: bool) -> None:
    """Fetch every archive into a cache that is thrown away: what has another digest is kept nowhere."""
    wanted = [rule.line(Path()) for rule in rules if rule.kind == "url"]
    if not wanted or offline:
        return
    with tempfile.TemporaryDirectory(prefix="penstock-verify-") as name:
        cache, site = Path(name) / "cache", Path(name) / "site"
        uv.run([*_INSTALL, "--cache-dir", str(cache), "--target", str(site), *wanted], cwd=Path(name))


def substituted(body: str, resolution: Resolution, *, offline: bool) -> str:
    """`body` without the replaced projects, below lines that say what became of each; raises `UvError`."""
    known = {rule.project: rule for rule in resolution.overrides}
    if not known:
        return body
    blocks = list(_blocks(body))
    pins = dict(blocks)
    seen = {name: block for name, block in pins.items() if name in known}
    found = _inspected(known, seen, pins, resolution.indexes, offline=offline)
    used = [_replaced(known[project], seen[project], found) for project in sorted(seen)]
    idle = sorted(known.keys() - seen.keys())
    violated = [line for one in used for line in _violated(one, seen[one.project], found)]
    violated += [line for one in used for line in _disappointed(one, resolution)]
    kept = (block for name, block in blocks if name not in known or known[name].kind == "version")
    return replaced_lines(used, idle, sorted(set(violated))) + "".join(
        f"{line}\n" for block in kept for line in block
    )


def _blocks(body: str) -> Iterator[tuple[str, list[str]]]:
    block: list[str] = []
    for line in body.splitlines():
        if not line.startswith(" ") and block:
            yield _name(block), block
            block = []
        block.append(line)
    if block:
        yield _name(block), block


def _name(block: list[str]) -> str:
    found = _HEAD.match(block[0])
    return str(canonicalize_name(found["name"])) if found else ""


def _parents(block: list[str]) -> list[str]:
    return [name for line in block if line.startswith(_VIA) for name in line.removeprefix(_VIA).split(", ")]


def _inspected(
    rules: Mapping[str, Override],
    seen: Mapping[str, list[str]],
    pins: Mapping[str, list[str]],
    indexes: Indexes,
    *,
    offline: bool,
) -> _Metadata:
    """The metadata of what is fetched, and of the packages that require something replaced."""
    wanted = {_pin(pins[project]) for project in seen if rules[project].kind in FETCHED}
    parents = {parent for block in seen.values() for parent in _parents(block)}
    wanted |= {_pin(pins[one]) for one in parents if one in pins and one not in rules}
    found: dict[str, tuple[str, tuple[Requirement, ...]]] = {
        rule.project: (rule.local.version, rule.local.dependencies)
        for rule in rules.values()
        if rule.local and rule.project in seen
    }
    return {**found, **_installed(sorted(wanted), indexes, offline=offline)}


def _pin(block: list[str]) -> str:
    return block[0].partition(" ;")[0].rstrip("\\").strip()


def _installed(wanted: list[str], indexes: Indexes, *, offline: bool) -> _Metadata:
    if not wanted:
        return {}
    with tempfile.TemporaryDirectory(prefix="penstock-inspect-") as name:
        folder = Path(name)
        words = [*_INSTALL, "--target", str(folder / "site")]
        for given, some in indexes.grouped(wanted, lambda line: Requirement(line).name):
            uv.run([*words, *some], cwd=folder, offline=offline, given=given)
        found: dict[str, tuple[str, tuple[Requirement, ...]]] = {}
        for file in sorted(folder.glob("site/*.dist-info/METADATA")):
            message = HeaderParser().parsestr(file.read_text(encoding="utf-8"))
            requires = tuple(Requirement(line) for line in message.get_all("Requires-Dist", []))
            found[canonicalize_name(str(message["Name"]))] = (str(message["Version"]), requires)
        return found


def _replaced(rule: Override, block: list[str], found: _Metadata) -> Replaced:
    if rule.stands_in:
        return Replaced(project=rule.project, version="-", kind=rule.kind)
    version = rule.text if rule.kind == "version" else found[rule.project][0]
    commit = _COMMIT.search(block[0].split()[2]) if rule.kind == "git" else None
    return Replaced(
        project=rule.project, version=version, kind=rule.kind, commit=commit["commit"] if commit else ""
    )


def _violated(one: Replaced, block: list[str], found: _Metadata) -> Iterator[str]:
    gets = "nothing" if one.version == "-" else one.version
    for parent in _parents(block):
        _, requires = found.get(parent, ("", ()))
        for wanted in requires:
            if canonicalize_name(wanted.name) == one.project and not _met(wanted, one.version):
                yield f"{parent} requires {wanted}, and gets {gets}"


def _disappointed(one: Replaced, resolution: Resolution) -> Iterator[str]:
    """Projects of this machine, and the manifest itself, that ask for something else."""
    gets = "nothing" if one.version == "-" else one.version
    for want in resolution.wants:
        wanted = Requirement(want.requirement)
        if canonicalize_name(wanted.name) == one.project and not _met(wanted, one.version):
            yield f"{want.by or 'the manifest'} requires {wanted}, and gets {gets}"


def _met(wanted: Requirement, version: str) -> bool:
    return version != "-" and wanted.specifier.contains(version, prereleases=True)
