"""The installed tree that packages and images carry: the distribution and what it needs, side by side."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from penstock_builder.embed import compiled, embed, install, scrub
from penstock_builder.outputs.archive import Entry, files_below
from penstock_builder.outputs.job import Job

__all__ = ("Site", "installed", "tree_entries")

_LAUNCHER = '''\
#!{shebang}
"""Starts {name} from the folder beside this one."""

import os
import sys

sys.path[0] = os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "lib")

from {module}.cli import main

if __name__ == "__main__":
    main()
'''


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The tree, and the files in it that are compiled for one platform."""

    path: Path
    native: tuple[PurePosixPath, ...]


def installed(job: Job) -> Site:
    """Install into the job's scratch folder; raises `BuildError`."""
    path = job.scratch / "site"
    path.mkdir()
    if job.plan.embed == "none":
        embed(job.resolution, job.lock, path, target=job.target, everything=True, offline=job.offline)
    elif job.plan.embed == "components":
        pins = [pin for pin in job.lock.pins if pin.name not in job.resolution.indexed]
        install(pins, path, target=job.target, offline=job.offline)
    _distribution(job, path)
    scrub(path)
    return Site(path=path, native=compiled(path))


def tree_entries(job: Job, site: Path, *, shebang: str) -> Iterator[Entry]:
    """The program below `/opt/<name>` and its sample configuration below `/etc/<name>`."""
    name = job.plan.name
    home = PurePosixPath("opt") / name
    yield from files_below(site, home / "lib")
    launcher = _LAUNCHER.format(shebang=shebang, name=name, module=job.plan.module)
    yield Entry(path=home / "bin" / name, data=launcher.encode(), mode=0o755)
    yield Entry(path=PurePosixPath("etc") / name / "config.yaml", data=job.rendered("config.yaml"))


def _distribution(job: Job, path: Path) -> None:
    """Unpack the distribution's own wheel: it is ours, so there is nothing to resolve."""
    import zipfile  # noqa: PLC0415 - only the larger outputs come here

    with zipfile.ZipFile(job.wheel) as archive:
        archive.extractall(path)
