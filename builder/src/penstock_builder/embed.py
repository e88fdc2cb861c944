"""Installs the collector, the components and what else travels inside, and wipes the installer's traces."""

import csv
import io
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from packaging.utils import canonicalize_name

from penstock_builder import uv
from penstock_builder.childlog import explained
from penstock_builder.errors import BuildError
from penstock_builder.indexes import Indexes
from penstock_builder.lock import Lock, Pin
from penstock_builder.outputs.target import HOST, Target
from penstock_builder.resolve import Resolution

__all__ = ("compiled", "embed", "install", "pin_lines", "scrub")

_TRACES = frozenset({"direct_url.json", "uv_cache.json", "uv_build.json", "REQUESTED", "INSTALLER"})
"""Files that uv adds to a `.dist-info`: they hold absolute paths and times, or nothing of the project."""

_COMPILED = frozenset({".so", ".pyd", ".dylib", ".dll"})

# copies: the modes of the files change later, and a hard link would change the cache with them
_OPTIONS = ("--no-deps", "--no-sources", "--link-mode", "copy", "--quiet")


def embed(
    resolution: Resolution,
    lock: Lock,
    folder: Path,
    *,
    target: Target = HOST,
    everything: bool = False,
    native: bool = False,
    offline: bool = False,
) -> None:
    """Fill `folder` with every local project and every component of an index; raises `BuildError`.

    With `everything` also with all that the lock pins; with `native` compiled code may be among it.
    """
    if resolution.local:
        # as arguments, because a project in a requirements file comes from uv's cache while its
        # pyproject.toml is unchanged, never mind its sources
        sources = [project.source for project in resolution.local]
        _run([*_base(folder), *sources], offline=offline, given=resolution.indexes.environment())
    pins = [pin for pin in lock.pins if everything or canonicalize_name(pin.name) in resolution.indexed]
    if not (everything or native):
        # the wheel is for every platform, so it has what is used on some of them only, too
        pins = [replace(pin, marker="") for pin in pins]
    if pins:
        install(pins, folder, indexes=resolution.indexes, target=target, offline=offline)
    scrub(folder)
    if not everything:
        _refuse(folder, native=native)


def install(
    pins: Sequence[Pin],
    folder: Path,
    *,
    indexes: Indexes | None = None,
    target: Target = HOST,
    offline: bool = False,
) -> None:
    """Install pinned archives, verified by their hashes and never compiled here; raises `BuildError`."""
    groups = (indexes or Indexes()).grouped(pins, lambda pin: pin.name)
    with tempfile.TemporaryDirectory(prefix="penstock-embed-") as name:
        file = Path(name) / "pins.txt"
        for given, some in groups:
            file.write_text(pin_lines(some), encoding="utf-8")
            options = ["--require-hashes", "--only-binary", ":all:", *target.installer, "-r", str(file)]
            _run([*_base(folder), *options], offline=offline, given=given)


def compiled(folder: Path) -> tuple[PurePosixPath, ...]:
    """The files below `folder` that run on one platform only."""
    found = (file.relative_to(folder) for file in sorted(folder.rglob("*")) if file.suffix in _COMPILED)
    return tuple(PurePosixPath(file.as_posix()) for file in found)


def pin_lines(pins: Sequence[Pin]) -> str:
    """The pins in pip's requirements format."""
    return "".join(f"{pin} {' '.join(f'--hash={one}' for one in pin.hashes)}\n" for pin in pins)


def scrub(target: Path) -> None:
    """Leave only what the wheels contained, and `RECORD`s that tell the truth about it."""
    (target / ".lock").unlink(missing_ok=True)
    for record in sorted(target.glob("*.dist-info/RECORD")):
        kept = [row for row in _rows(record) if _is_content(row[0])]
        for row in _rows(record):
            if not _is_content(row[0]):
                target.joinpath(row[0]).unlink(missing_ok=True)
        record.write_text(_record(kept), encoding="utf-8")
    scripts = target / "bin"
    if scripts.is_dir() and not any(scripts.iterdir()):
        scripts.rmdir()


def _refuse(target: Path, *, native: bool) -> None:
    """Stop at what a wheel for every platform cannot carry: compiled code, and two projects in one file."""
    for file in () if native else compiled(target):
        what = f"a component has compiled code, which cannot be embedded: {file}"
        raise BuildError(what, "set `dist.allow_native: true`, or `dist.embed: none`")
    owners: dict[str, str] = {}
    for record in sorted(target.glob("*.dist-info/RECORD")):
        name = record.parent.name.partition("-")[0]
        for path, *_ in _rows(record):
            if owners.setdefault(path, name) != name:
                raise BuildError(f"{owners[path]} and {name} install the same file: {path}")


def _base(folder: Path) -> list[str]:
    return ["pip", "install", *_OPTIONS, "--python", sys.executable, "--target", str(folder)]


def _run(arguments: Sequence[str], *, offline: bool, given: Mapping[str, str]) -> None:
    try:
        uv.run(arguments, cwd=Path(tempfile.gettempdir()), offline=offline, given=given)
    except uv.UvError as error:
        hint = "without `--offline` missing packages are fetched" if offline else ""
        raise BuildError(explained("the components cannot be installed", error.stderr), hint) from error


def _is_content(path: str) -> bool:
    parts = path.split("/")
    return parts[0] != "bin" and parts[-1] not in _TRACES and "__pycache__" not in parts


def _rows(record: Path) -> Iterator[list[str]]:
    with record.open(encoding="utf-8", newline="") as stream:
        yield from (row for row in csv.reader(stream) if row)


def _record(rows: Sequence[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(sorted(rows))
    return text.getvalue()
