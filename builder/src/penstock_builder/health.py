"""What the builder needs of a machine, and whether it is there."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from penstock_builder import __version__, uv
from penstock_builder.errors import BuilderError
from penstock_builder.templating import read_templates
from penstock_builder.trial import marks
from penstock_builder.wheel import BACKEND

__all__ = ("Finding", "examine")

_State = Literal["ok", "warning", "missing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing; `missing` means that nothing can be built without it."""

    name: str
    state: _State
    detail: str


def examine(*, offline: bool = False) -> tuple[Finding, ...]:
    """Look at everything; changes nothing, and never raises."""
    return tuple(_findings(offline=offline))


def _findings(*, offline: bool) -> Iterator[Finding]:
    yield Finding(name="penstock", state="ok", detail=f"{__version__} in {Path(__file__).parent}")
    python = ".".join(map(str, sys.version_info[:3]))
    yield Finding(name="python", state="ok", detail=f"{python} at {sys.executable}")
    found = _tried("uv", _uv)
    yield found
    yield _hatchling()
    yield _tried("templates", lambda: f"{len(read_templates().texts)} found")
    if found.state == "ok":
        yield _folder("uv cache", Path(uv.run(["cache", "dir"], cwd=Path.cwd()).strip()))
    yield _folder("cache", marks())
    if offline or found.state != "ok":
        yield Finding(name="index", state="warning", detail="not tried")
    else:
        yield _index()


def _uv() -> str:
    uv.run(["--version"], cwd=Path.cwd())
    return f"{uv.REQUIRED} at {uv.find()}"


def _hatchling() -> Finding:
    try:
        found = version("hatchling")
    except PackageNotFoundError:
        found = "not installed"
    if found == BACKEND:
        return Finding(name="hatchling", state="ok", detail=found)
    return Finding(name="hatchling", state="missing", detail=f"{BACKEND} is needed, found: {found}")


def _tried(name: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(name=name, state="ok", detail=look())
    except BuilderError as error:
        hint = f" ({error.hint})" if error.hint else ""
        return Finding(name=name, state="missing", detail=f"{error.what}{hint}")


def _folder(name: str, folder: Path) -> Finding:
    """Whether a cache can be written; without one everything is only slower."""
    nearest = next(one for one in (folder, *folder.parents) if one.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK):
        return Finding(name=name, state="ok", detail=str(folder))
    return Finding(name=name, state="warning", detail=f"cannot be written: {folder}")


def _index() -> Finding:
    """Ask the index that locks come from for one small project; a lock and a cache make do without it."""
    with tempfile.TemporaryDirectory(prefix="penstock-doctor-") as name:
        Path(name, "wanted.txt").write_text("packaging\n", encoding="utf-8")
        words = [
            "pip",
            "compile",
            "--quiet",
            "--no-deps",
            "--refresh",
            "--output-file",
            "found.txt",
            "wanted.txt",
        ]
        try:
            uv.run(words, cwd=Path(name))
        except uv.UvError as error:
            last = error.stderr.strip().splitlines()[-1:] or ["uv said nothing"]
            return Finding(name="index", state="warning", detail=f"cannot be reached: {last[0].strip()}")
    return Finding(name="index", state="ok", detail="reached")
