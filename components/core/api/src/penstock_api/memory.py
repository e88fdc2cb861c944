"""How much memory the process uses, and how much it may use."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

__all__ = ("group_limits", "group_used", "resident")

_GROUPS: Final = Path("/sys/fs/cgroup")
_OWN: Final = Path("/proc/self/cgroup")
_STATM: Final = Path("/proc/self/statm")


def resident() -> int:
    """Bytes that the process occupies: exact on Linux, elsewhere the most there ever were."""
    if _STATM.exists():
        return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    import resource  # noqa: PLC0415 - Unix only

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def group_limits(root: Path = _GROUPS, own: Path = _OWN) -> tuple[int, ...]:
    """The memory limits of the control groups in `own` and those above, by version 2 or 1."""
    limits: list[int] = []
    for base, group, is_new in _groups(root, own):
        name = "memory.max" if is_new else "memory.limit_in_bytes"
        folder = group
        while True:
            limits += _numbers(folder / name)
            if folder == base:
                break
            folder = folder.parent
    return tuple(limits)


def group_used(root: Path = _GROUPS, own: Path = _OWN) -> int | None:
    """Bytes that the innermost control group uses; None where there is none that tells."""
    for base, group, is_new in _groups(root, own):
        name = "memory.current" if is_new else "memory.usage_in_bytes"
        for folder in (group, base):  # inside a container the path is that seen from outside
            for number in _numbers(folder / name):
                return number
    return None


def _groups(root: Path, own: Path) -> Iterator[tuple[Path, Path, bool]]:
    """The folders above and of each group that counts memory, and whether it is of version 2."""
    for line in _lines(own):
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            yield root, root / path.lstrip("/"), True
        elif "memory" in controllers.split(","):
            base = root / "memory"
            yield base, base / path.lstrip("/"), False


def _numbers(file: Path) -> list[int]:
    return [int(text) for text in _lines(file) if text.isdigit()]


def _lines(file: Path) -> tuple[str, ...]:
    """The lines of `file`; none where it does not exist, as on other systems."""
    try:
        return tuple(file.read_text().splitlines())
    except OSError:
        return ()
