"""Which machines a tree of installed packages runs on: the tag of the wheel that carries them all."""

import re
from collections.abc import Iterable, Iterator, Sequence
from email.parser import BytesParser
from pathlib import Path

from penstock_builder.errors import BuildError
from penstock_builder.lock import Pin
from penstock_builder.outputs.target import Target

__all__ = ("native_packages", "wheel_tag")

_VERSIONED = re.compile(
    r"(?P<family>manylinux|musllinux|macosx)_(?P<major>\d+)_(?P<minor>\d+)_(?P<machine>\w+)\Z"
)
_NAMED = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}


def native_packages(site: Path) -> tuple[str, ...]:
    """The `.dist-info` stems of the installed wheels that were made for a platform."""
    return tuple(info.stem for info, platforms in _installed(site) if "any" not in platforms)


def wheel_tag(site: Path, pins: Sequence[Pin], target: Target) -> str:
    """The narrowest of all: `py3-none-any` only if nothing is compiled and nothing conditional."""
    platforms = [found for _, found in _installed(site) if "any" not in found]
    if not platforms and not any(pin.marker for pin in pins):
        return "py3-none-any"
    python = f"cp{target.python.replace('.', '')}"
    if not platforms:
        return f"{python}-none-{target.compatible[0] if target.compatible else _host()}"
    return f"{python}-{python}-{_narrowest(platforms)}"


def _host() -> str:
    from packaging.tags import platform_tags  # noqa: PLC0415 - only a conditional pure tree asks

    return next(platform_tags())


def _installed(site: Path) -> Iterator[tuple[Path, frozenset[str]]]:
    for file in sorted(site.glob("*.dist-info/WHEEL")):
        tags = BytesParser().parsebytes(file.read_bytes(), headersonly=True).get_all("Tag", [])
        yield file.parent, frozenset(part for tag in tags for part in str(tag).split("-")[-1].split("."))


def _narrowest(platforms: Iterable[frozenset[str]]) -> str:
    """Each wheel runs where its lowest tag does; all of them run where the highest of these does."""
    lowest = [min(map(_rank, found)) for found in platforms]
    families = {(family, machine) for family, _, machine in lowest if machine != "universal2"} or {
        (family, machine) for family, _, machine in lowest
    }
    if len(families) != 1:
        names = ", ".join(sorted("_".join(filter(None, one)) for one in families))
        raise BuildError(f"the packages are for different platforms: {names}")
    ((family, machine),) = families
    version = max(number for _, number, _ in lowest)
    return "_".join([family, *map(str, version), machine]) if version else family


def _rank(tag: str) -> tuple[str, tuple[int, ...], str]:
    """Family, version and processor; a tag without a version, as Windows has, is its own family."""
    found = _VERSIONED.match(tag)
    if found:
        return found["family"], (int(found["major"]), int(found["minor"])), found["machine"]
    name, _, machine = tag.partition("_")
    return ("manylinux", _NAMED[name], machine) if name in _NAMED else (tag, (), "")
