"""Makes the text of a lock with uv."""

import re
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from penstock_builder import uv
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
            hint = _hint(resolution, offline=offline)
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
    with tempfile.TemporaryDirectory(prefix="penstock-lock-") as name:
        folder = Path(name)
        verified(resolution.overrides, offline=offline)
        stand_ins(resolution.overrides, folder)
        bounds = "".join(f"{one}\n" for one in resolution.bounds)
        rules = _overrides(resolution) + "".join(f"{one.line(folder)}\n" for one in resolution.overrides)
        inputs = {"wants.txt": _wants(resolution), "local.txt": rules, "bounds.txt": bounds, **files}
        for file, text in inputs.items():
            (folder / file).write_text(text, encoding="utf-8")
        base = ["pip", "compile", "--universal", "--no-header", "--no-sources", "--quiet"]
        base += ["--python", sys.executable, "--python-version", resolution.python]
        base += [f"--no-emit-package={project.name}" for project in resolution.local]
        if resolution.exclude_newer:
            # a day alone would begin when it begins where this machine is
            base.append(f"--exclude-newer={resolution.exclude_newer}T00:00:00Z")
        ends = ["--override", "local.txt", "--constraint", "bounds.txt", "--output-file", output, "wants.txt"]
        uv.run([*base, *options, *ends], cwd=folder, offline=offline)
        return (folder / output).read_text(encoding="utf-8")


def _trusted(previous: Lock) -> str:
    """The pins to keep; their hashes too, because uv copies them, unless somebody edited the file."""
    return previous.text if previous.intact else "".join(f"{pin}\n" for pin in previous.pins)


def _wants(resolution: Resolution) -> str:
    return "".join(f"{line}\n" for line in sorted({want.requirement for want in resolution.wants}))


def _overrides(resolution: Resolution) -> str:
    """A component of an index may ask for a project that is on this machine: it gets that one."""
    return "".join(f"{project.name} @ {project.root.as_uri()}\n" for project in resolution.local)


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
        if re.search(rf"(?<![\w.-]){re.escape(_name(want.requirement))}(?![\w-])", _canonical(stderr))
    ]
    return "\n".join(["the requirements cannot be locked:", stderr, *askers])


def _name(requirement: str) -> str:
    return canonicalize_name(Requirement(requirement).name)


def _canonical(text: str) -> str:
    return text.lower().replace("_", "-")


def _hint(resolution: Resolution, *, offline: bool) -> str:
    if offline:
        return "without `--offline` missing packages are fetched"
    ours = sorted(
        {
            name
            for want in resolution.wants
            if (name := Requirement(want.requirement).name).startswith("penstock-")
        }
    )
    return (
        f"a project on this machine is named under `replaces:` with its path: {', '.join(ours)}"
        if ours
        else ""
    )
