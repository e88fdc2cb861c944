"""Builds the wheel of a staged package with hatchling, in this process, to the same bytes everywhere."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from penstock_builder.errors import BuildError, ToolError

__all__ = ("BACKEND", "build_wheel", "epoch", "own_settings")

BACKEND = "1.33.0"
"""The hatchling that the rendered `pyproject.toml` requires; its version is written into the wheel."""

_ONE = Lock()
_EARLIEST = 315532800  # 1980-01-01: a zip file knows no earlier day
_LATEST = 4354819199  # 2107-12-31


def epoch(value: str | None) -> str | None:
    """Check `SOURCE_DATE_EPOCH`, whose value becomes the time of every file; raises `BuildError`."""
    if value is None:
        return None
    if not re.fullmatch(r"\d+", value, re.ASCII):
        raise BuildError(
            f"SOURCE_DATE_EPOCH must be a number of seconds: {value!r}", "unset it for a fixed date"
        )
    if not _EARLIEST <= int(value) <= _LATEST:
        raise BuildError(
            f"SOURCE_DATE_EPOCH must lie between 1980 and 2107: {value}", "unset it for a fixed date"
        )
    return value


def build_wheel(project: Path, folder: Path, *, tag: str = "") -> Path:
    """Build the wheel of `project` into `folder` and return its path; raises `BuildError`.

    `tag` says what it runs on, if that is not every platform.
    """
    epoch(os.environ.get("SOURCE_DATE_EPOCH"))
    from hatchling.__about__ import __version__ as installed  # noqa: PLC0415 - costs more than the whole of `check`
    from hatchling.builders.wheel import WheelBuilder  # noqa: PLC0415

    if installed != BACKEND:
        raise ToolError(
            f"hatchling {BACKEND} is needed, found: {installed}", "install penstock-builder again"
        )
    _normalise(project)
    folder.mkdir(parents=True, exist_ok=True)
    with own_settings():
        builder = WheelBuilder(str(project))
        if tag:
            pure = tag.endswith("-none-any")
            settings = {**builder.get_default_build_data(), "tag": tag, "pure_python": pure}
            builder.get_default_build_data = lambda: settings  # type: ignore[method-assign]
        built = list(builder.build(directory=str(folder), versions=["standard"]))
    if len(built) != 1:
        raise BuildError(f"hatchling made {len(built)} wheels instead of one")
    return Path(built[0])


def _normalise(project: Path) -> None:
    """Give files and folders the same modes whatever the umask and the sources' were."""
    for file in project.rglob("*"):
        file.chmod(0o755 if file.is_dir() else 0o644)


@contextmanager
def own_settings() -> Iterator[None]:
    """Hide the variables that change what hatchling builds, from one build at a time."""
    with _ONE:
        hidden = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("HATCH_")}
        try:
            yield
        finally:
            os.environ.update(hidden)
