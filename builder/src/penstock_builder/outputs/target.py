"""The machine that an output is for, and how wheels, uv and markers each spell it."""

import platform
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

__all__ = ("HOST", "Target", "targets")

_GLIBC = 28  # manylinux_2_28 is the oldest that today's wheels are made for
_OLDEST_GLIBC = 5
_LEGACY = {5: "manylinux1", 12: "manylinux2010", 17: "manylinux2014"}
_MACOS = {"x86_64": 13, "arm64": 14}
_SYSTEMS = {
    "linux": ("posix", "linux", "Linux"),
    "macos": ("posix", "darwin", "Darwin"),
    "windows": ("nt", "win32", "Windows"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An operating system, empty for the one we run on, a processor, and a minor version of Python."""

    system: str
    machine: str
    python: str

    @property
    def name(self) -> str:
        """As the manifest's `platforms` has it; empty for this machine."""
        return f"{self.system}-{self.machine}" if self.system else ""

    @property
    def installer(self) -> tuple[str, ...]:
        """What uv is told about it."""
        processor = "aarch64" if self.machine == "arm64" else self.machine
        triple = {
            "": "",
            "linux": f"{processor}-manylinux_2_{_GLIBC}",
            "macos": f"{processor}-apple-darwin",
            "windows": f"{processor}-pc-windows-msvc",
        }[self.system]
        return ("--python-platform", triple, "--python-version", self.python) if triple else ()

    @property
    def compatible(self) -> tuple[str, ...]:
        """The platform tags of wheels that run on it, best first; empty for this machine."""
        if self.system == "linux":
            return tuple(_linux(self.machine))
        if self.system == "macos":
            return tuple(_macos(self.machine))
        windows = "win_arm64" if self.machine == "arm64" else "win_amd64"
        return (windows,) if self.system else ()

    @property
    def is_linux(self) -> bool:
        """Whether packages and images of Linux can be made for it."""
        return self.system == "linux" or (not self.system and sys.platform == "linux")

    @property
    def markers(self) -> Mapping[str, str]:
        """The variables of PEP 508 that may differ from this interpreter's own."""
        if not self.system:
            return {}
        os_name, sys_platform, platform_system = _SYSTEMS[self.system]
        return {
            "os_name": os_name,
            "sys_platform": sys_platform,
            "platform_system": platform_system,
            "platform_machine": "AMD64" if self.name == "windows-x86_64" else self.machine,
        }


HOST = Target(
    system="", machine=platform.machine().lower(), python=f"{sys.version_info.major}.{sys.version_info.minor}"
)
"""This machine and the interpreter that runs the builder."""


def targets(platforms: Iterable[str]) -> tuple[Target, ...]:
    """The targets that a manifest names, or this machine if it names none."""
    pairs = (name.partition("-") for name in dict.fromkeys(platforms))
    named = tuple(Target(system=one, machine=machine, python=HOST.python) for one, _, machine in pairs)
    return named or (HOST,)


def _linux(machine: str) -> Iterable[str]:
    for minor in range(_GLIBC, _OLDEST_GLIBC - 1, -1):
        yield f"manylinux_2_{minor}_{machine}"
        if minor in _LEGACY:
            yield f"{_LEGACY[minor]}_{machine}"


def _macos(machine: str) -> Iterable[str]:
    for major in range(_MACOS[machine], 10, -1):
        yield f"macosx_{major}_0_{machine}"
        yield f"macosx_{major}_0_universal2"
    for minor in range(16, 8, -1):
        yield f"macosx_10_{minor}_universal2"
        if machine == "x86_64":
            yield f"macosx_10_{minor}_x86_64"
