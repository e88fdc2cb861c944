"""Makes the text of a lock with uv."""

import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from penstock_builder import uv
from penstock_builder.asking import ask, local_rules
from penstock_builder.errors import LockError
from penstock_builder.lock import FILE, Lock, compose, fingerprint
from penstock_builder.resolve import Resolution
from penstock_builder.substitution import stand_ins, substituted, verified

__all__ = ("Origin", "Upgrade", "compiled", "relock")

Origin: TypeAlias = Callable[[str], str]
"""Project -> the line of the manifest that brings it, and the projects in between."""

_OPTIONS = ("--generate-hashes", "--no-emit-index-url")


_PROJECT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """Which pins may move although they still fit: the named ones, or `everything`."""

    names: tuple[str, ...] = ()
    everything: bool = False


def relock(
    resolution: Resolution,
    *,
    manifest: str,
    previous: Lock | None = None,
    upgrade: Upgrade | None = None,
    origin: Origin = str,
    offline: bool = False,
) -> str:
    """Lock `resolution`, keeping the pins of `previous` where they fit; raises `LockError`.

    `manifest` is the name of the file that the head of the lock mentions; `origin` says of a project where in
    the manifest it comes from.
    """
    body = ""
    if resolution.wants:
        try:
            body = _resolved(resolution, previous, upgrade or Upgrade(), offline=offline)
        except uv.UvError as error:
            hint = _hint(resolution, error.stderr, offline=offline)
            raise LockError(_explained(error.stderr, resolution, origin), hint) from error
    elif resolution.overrides:
        body = substituted("", resolution, offline=offline)
    _refuse_addresses(body)
    wants = tuple(sorted({want.requirement for want in resolution.wants}))
    return compose(body, fingerprint(resolution), manifest, wants)


def _resolved(resolution: Resolution, previous: Lock | None, upgrade: Upgrade, *, offline: bool) -> str:
    files = {FILE: _trusted(previous)} if previous else {}
    text = compiled(resolution, FILE, [*_OPTIONS, *_upgrades(upgrade)], files, offline=offline)
    return substituted(_pins_only(text), resolution, offline=offline)


def compiled(
    resolution: Resolution, output: str, options: Sequence[str], files: Mapping[str, str], *, offline: bool
) -> str:
    """What uv writes to `output` for the requirements of `resolution`; raises `UvError`.

    `files` lie beside it, by name, for `options` to refer to.
    """
    verified(resolution.overrides, offline=offline)
    also: tuple[str, ...] = ()
    while True:
        try:
            text = _compiled(resolution, also, output, options, files, offline=offline)
        except uv.UvError as error:
            also = _needed(resolution, also, options, files, error, offline=offline)
            text = _compiled(resolution, also, output, options, files, offline=offline)
        late = tuple(_late(text, resolution, also))
        if not late:
            return text
        also += late


def _late(text: str, resolution: Resolution, also: tuple[str, ...]) -> Iterator[str]:
    """What only others require, and has an index of its own: uv keeps to it when it is asked for directly."""
    for project in _unasked(resolution, also):
        if re.search(rf'(?mi)^(name = ")?{re.escape(project)}(==|"$)', _canonical(text)):
            yield project


def _unasked(resolution: Resolution, also: tuple[str, ...]) -> tuple[str, ...]:
    known = {_name(one) for one in (*_requirements(resolution), *also)}
    return tuple(one for one in resolution.indexes.assigned if one not in known)


def _needed(
    resolution: Resolution,
    also: tuple[str, ...],
    options: Sequence[str],
    files: Mapping[str, str],
    error: uv.UvError,
    *,
    offline: bool,
) -> tuple[str, ...]:
    """Something may be nowhere but in its own index: ask for all that have one, keep what others require.

    Raises `error` if that does not help.
    """
    more = _unasked(resolution, also)
    if not more:
        raise error
    plain = [option for option in options if option not in {"--format", "pylock.toml"}]
    try:
        text = _compiled(resolution, (*also, *more), FILE, plain, files, offline=offline)
    except uv.UvError:
        raise error from None
    text = _pins_only(text)
    asked = {
        line.partition("==")[0] for line in re.findall(r"(?m)^\S+==.*\n(?:    --hash.*\n)*    # via ", text)
    }
    return (*also, *(one for one in more if one in {canonicalize_name(name) for name in asked}))


def _compiled(
    resolution: Resolution,
    also: tuple[str, ...],
    output: str,
    options: Sequence[str],
    files: Mapping[str, str],
    *,
    offline: bool,
) -> str:
    with tempfile.TemporaryDirectory(prefix="penstock-lock-") as name:
        folder = Path(name)
        stand_ins(resolution.overrides, folder)
        wants = ask(resolution, [*_requirements(resolution), *also])
        rules = "".join(f"{line}\n" for line in local_rules(resolution, folder))
        bounds = "".join(f"{one}\n" for one in resolution.bounds)
        inputs = {wants.file: wants.text, "local.txt": rules, "bounds.txt": bounds, **files}
        for file, text in inputs.items():
            (folder / file).write_text(text, encoding="utf-8")
        base = ["pip", "compile", "--universal", "--no-header", "--quiet", *wants.options]
        base += ["--python", sys.executable, "--python-version", resolution.python]
        base += [f"--no-emit-package={project.name}" for project in resolution.local]
        if resolution.exclude_newer:
            # a day alone would begin when it begins where this machine is
            base.append(f"--exclude-newer={resolution.exclude_newer}T00:00:00Z")
        ends = ["--override", "local.txt", "--constraint", "bounds.txt", "--output-file", output, wants.file]
        uv.run([*base, *options, *ends], cwd=folder, offline=offline, given=wants.environment)
        return (folder / output).read_text(encoding="utf-8")


def _trusted(previous: Lock) -> str:
    """The pins to keep; their hashes too, because uv copies them, unless somebody edited the file."""
    return previous.text if previous.intact else "".join(f"{pin}\n" for pin in previous.pins)


def _requirements(resolution: Resolution) -> list[str]:
    return sorted({want.requirement for want in resolution.wants})


def _upgrades(upgrade: Upgrade) -> list[str]:
    everything = ["--upgrade"] if upgrade.everything else []
    return everything + [f"--upgrade-package={canonicalize_name(name)}" for name in upgrade.names]


def _pins_only(text: str) -> str:
    """Keep the pins and who asked for each; drop other comments, whose words change with uv's version."""
    lines: list[str] = []
    askers: list[str] = []
    for line in text.splitlines():
        if line.startswith("    #"):
            asker = line.strip(" #").removeprefix("via").strip()
            askers += [asker] if _PROJECT.fullmatch(asker) else []
            continue
        lines += _via(askers)
        askers = []
        lines += [line] if line and not line.startswith("#") else []
    return "".join(f"{line}\n" for line in (*lines, *_via(askers)))


def _via(askers: list[str]) -> list[str]:
    names = sorted({canonicalize_name(asker) for asker in askers})
    return [f"    # via {', '.join(names)}"] if names else []


def _refuse_addresses(body: str) -> None:
    for line in body.splitlines():
        if line.startswith("#"):
            continue
        if "://" in line or " @ " in line:
            raise LockError(f"cannot be locked by version and hash: {line.rstrip(chr(92)).strip()}")


def _explained(stderr: str, resolution: Resolution, origin: Origin) -> str:
    """What uv said, and who asked for the packages that it mentions, each with its line of the manifest."""
    askers = [
        f"{origin(want.by) if want.by else origin(_name(want.requirement))} asks for {want.requirement}"
        for want in resolution.wants
        if _mentioned(_name(want.requirement), stderr)
    ]
    askers += [
        f"{project} is looked for in the index {index} alone"
        for project, index in resolution.indexes.assigned.items()
        if _mentioned(project, stderr)
    ]
    return "\n".join(["the requirements cannot be locked:", stderr, *askers])


def _mentioned(project: str, stderr: str) -> bool:
    return bool(re.search(rf"(?<![\w.-]){re.escape(project)}(?![\w-])", _canonical(stderr)))


def _name(requirement: str) -> str:
    return canonicalize_name(Requirement(requirement).name)


def _canonical(text: str) -> str:
    return text.lower().replace("_", "-")


def _hint(resolution: Resolution, stderr: str, *, offline: bool) -> str:
    if offline:
        return "without `--offline` missing packages are fetched"
    if "was not found" in stderr and any(_mentioned(one, stderr) for one in resolution.indexes.assigned):
        return "an index that does not accept what it is opened with looks empty"
    ours = sorted(
        {
            name
            for want in resolution.wants
            if (name := Requirement(want.requirement).name).startswith("penstock-")
            and canonicalize_name(name) not in resolution.indexes.assigned
        }
    )
    return (
        f"a project on this machine is named under `replaces:` with its path: {', '.join(ours)}"
        if ours
        else ""
    )
