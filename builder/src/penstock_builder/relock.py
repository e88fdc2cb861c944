"""Makes the text of a lock with uv."""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from penstock_builder import uv
from penstock_builder.errors import LockError
from penstock_builder.lock import FILE, Lock, compose, fingerprint
from penstock_builder.resolve import Resolution

__all__ = ("Upgrade", "relock")

_OPTIONS = (
    "--universal",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-header",
    "--no-annotate",
    "--no-sources",
    "--quiet",
)


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
    offline: bool = False,
) -> str:
    """Lock `resolution`, keeping the pins of `previous` where they fit; raises `LockError`.

    `manifest` is the name of the file that the head of the lock mentions.
    """
    body = _resolved(resolution, previous, upgrade or Upgrade(), offline=offline) if resolution.wants else ""
    _refuse_addresses(body)
    return compose(body, fingerprint(resolution), manifest)


def _resolved(resolution: Resolution, previous: Lock | None, upgrade: Upgrade, *, offline: bool) -> str:
    with tempfile.TemporaryDirectory(prefix="penstock-lock-") as name:
        folder = Path(name)
        (folder / "wants.txt").write_text(_wants(resolution), encoding="utf-8")
        (folder / "local.txt").write_text(_overrides(resolution), encoding="utf-8")
        if previous:
            (folder / FILE).write_text(_trusted(previous), encoding="utf-8")
        arguments = [
            "pip",
            "compile",
            *_OPTIONS,
            "--python",
            sys.executable,
            "--python-version",
            resolution.python,
        ]
        arguments += ["--override", "local.txt", "--output-file", FILE, "wants.txt", *_upgrades(upgrade)]
        arguments += [f"--no-emit-package={project.name}" for project in resolution.local]
        try:
            uv.run(arguments, cwd=folder, offline=offline)
        except uv.UvError as error:
            raise LockError(
                _explained(error.stderr, resolution), _hint(resolution, offline=offline)
            ) from error
        return _pins_only((folder / FILE).read_text(encoding="utf-8"))


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
    """Drop comments: uv lists there what it left out, in words that change with its version."""
    return "".join(f"{line}\n" for line in text.splitlines() if line and not line.startswith("#"))


def _refuse_addresses(body: str) -> None:
    for line in body.splitlines():
        if "://" in line or " @ " in line:
            raise LockError(f"cannot be locked by version and hash: {line.rstrip(chr(92)).strip()}")


def _explained(stderr: str, resolution: Resolution) -> str:
    """What uv said, and who asked for the packages that it mentions."""
    askers = [
        f"{want.by or 'the manifest'} asks for {want.requirement}"
        for want in resolution.wants
        if Requirement(want.requirement).name in stderr
    ]
    return "\n".join(["the requirements cannot be locked:", stderr, *askers])


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
