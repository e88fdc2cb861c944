"""Where and with what a run was made."""

import os
import platform
import re
import subprocess
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import psutil

__all__ = ("load_average", "machine", "versions")

_PROJECTS: Final = (
    "penstock-collector",
    "rotel",
    "grpcio",
    "protobuf",
    "httptools",
    "hpack",
    "uvloop",
    "isal",
)


def machine() -> Mapping[str, str]:
    """The machine; not its name."""
    return {
        "cpu": _processor(),
        "cores": str(os.cpu_count()),
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
    }


def versions() -> Mapping[str, str]:
    """What was compared, and what it runs on."""
    found = {name: _version(name) for name in _PROJECTS}
    return {"commit": _commit(), "python": platform.python_version()} | {
        name: number for name, number in found.items() if number
    }


def load_average() -> str:
    """How busy the machine was over the last minute."""
    return f"{os.getloadavg()[0]:.2f}"


def _processor() -> str:
    found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found is not None else platform.machine()


def _version(project: str) -> str:
    try:
        return version(project)
    except PackageNotFoundError:
        return ""


def _commit() -> str:
    command = ("git", "rev-parse", "--short", "HEAD")
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
