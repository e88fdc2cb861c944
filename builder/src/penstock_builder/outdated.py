"""Which pins could be newer, and how much of that the requirements allow."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from penstock_builder import uv
from penstock_builder.asking import ask
from penstock_builder.errors import LockError
from penstock_builder.lock import Lock, Pin, parse
from penstock_builder.relock import Upgrade, relock
from penstock_builder.resolve import Resolution

__all__ = ("Newer", "outdated")


@dataclass(frozen=True, slots=True, kw_only=True)
class Newer:
    """A pin, the newest version that fits, and the newest that there is."""

    pin: Pin
    fits: str
    latest: str
    by: tuple[str, ...]
    """The projects that require it; empty if only the manifest does."""


def outdated(resolution: Resolution, lock: Lock, *, offline: bool = False) -> tuple[Newer, ...]:
    """Ask the index, through uv; raises `LockError` if it cannot be asked."""
    everything = Upgrade(everything=True)
    text = relock(resolution, manifest="", previous=lock, upgrade=everything, offline=offline)
    fits, latest = _newest(parse(text).pins), _latest(lock.pins, resolution, offline=offline)
    askers: dict[str, list[str]] = {}
    for want in resolution.wants:
        if want.by:
            askers.setdefault(canonicalize_name(Requirement(want.requirement).name), []).append(want.by)
    found = []
    for pin in lock.pins:
        name = canonicalize_name(pin.name)
        newer = Newer(
            pin=pin,
            fits=fits.get(name, pin.version),
            latest=latest.get(name, pin.version),
            by=tuple(sorted({*pin.via, *askers.get(name, ())})),
        )
        if Version(newer.latest) > Version(pin.version) or newer.fits != pin.version:
            found.append(newer)
    return tuple(found)


def _latest(pins: Sequence[Pin], resolution: Resolution, *, offline: bool) -> Mapping[str, str]:
    """Every project by itself, whatever the others ask for."""
    if not pins:
        return {}
    with tempfile.TemporaryDirectory(prefix="penstock-outdated-") as name:
        folder = Path(name)
        names = sorted({canonicalize_name(pin.name) for pin in pins})
        wants = ask(resolution, names)
        (folder / wants.file).write_text(wants.text, encoding="utf-8")
        words = ["pip", "compile", "--no-deps", "--no-header", "--no-annotate", "--quiet", *wants.options]
        words += ["--python-version", resolution.python, "--output-file", "latest.txt", wants.file]
        try:
            uv.run(words, cwd=folder, offline=offline, given=wants.environment)
        except uv.UvError as error:
            raise LockError(f"the newest versions cannot be found:\n{error.stderr}") from error
        return _newest(parse((folder / "latest.txt").read_text(encoding="utf-8")).pins)


def _newest(pins: Sequence[Pin]) -> dict[str, str]:
    newest: dict[str, str] = {}
    for pin in pins:
        name = canonicalize_name(pin.name)
        if name not in newest or Version(pin.version) > Version(newest[name]):
            newest[name] = pin.version
    return newest
