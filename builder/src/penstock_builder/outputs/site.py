"""The installed tree that packages and images carry: the distribution and what it needs, side by side."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from penstock_builder.embed import compiled, embed
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
    """The folders whose content lies side by side when it is installed, and the compiled files among it."""

    folders: tuple[Path, ...]
    native: tuple[PurePosixPath, ...]


def installed(job: Job) -> Site:
    """The packages of the lock as they are staged, and the distribution; raises `BuildError`."""
    own = job.scratch / "site"
    own.mkdir()
    if job.plan.embed == "none":
        embed(job.resolution, job.lock, own, native=True, offline=job.offline)
    # our own wheel: there is nothing to resolve, and nothing that could be another one
    with zipfile.ZipFile(job.wheel) as archive:
        archive.extractall(own)
    folders = (own,) if job.plan.embed == "all" else (job.packages, own)
    return Site(folders=folders, native=tuple(file for folder in folders for file in compiled(folder)))


def tree_entries(job: Job, site: Site, *, shebang: str) -> Iterator[Entry]:
    """The program below `/opt/<name>` and its sample configuration below `/etc/<name>`."""
    name = job.plan.name
    home = PurePosixPath("opt") / name
    for folder in site.folders:
        yield from files_below(folder, home / "lib")
    launcher = _LAUNCHER.format(shebang=shebang, name=name, module=job.plan.module)
    yield Entry(path=home / "bin" / name, data=launcher.encode(), mode=0o755)
    yield Entry(path=PurePosixPath("etc") / name / "config.yaml", data=job.rendered("config.yaml"))
