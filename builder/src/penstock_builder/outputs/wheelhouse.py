"""A folder of every wheel that the distribution needs, itself included, and a requirements file."""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from packaging.utils import parse_wheel_filename

from penstock_builder import uv
from penstock_builder.childlog import explained
from penstock_builder.errors import BuildError
from penstock_builder.outputs.download import applicable, download, holds
from penstock_builder.outputs.job import Job
from penstock_builder.project import Project

__all__ = ("REQUIREMENTS", "make", "wheels")

REQUIREMENTS = "requirements.txt"


def make(job: Job) -> Path:
    """Fill `<name>-<version>-wheelhouse` in the scratch folder."""
    folder = job.scratch / f"{job.plan.name}-{job.plan.version}-wheelhouse"
    found = wheels(job, folder)
    lines = [f"{_requirement(wheel)} --hash=sha256:{_digest(wheel)}\n" for wheel in found]
    head = "# install with --no-deps: the distribution names addresses, and what they hold is here\n"
    direct = any(" @ " in one for one in job.plan.dependencies)
    text = (head if direct else "") + "".join(sorted(lines))
    (folder / REQUIREMENTS).write_text(text, encoding="utf-8")
    (folder / "THIRD_PARTY_NOTICES.txt").write_text(job.notices, encoding="utf-8")
    return folder


def wheels(job: Job, folder: Path) -> list[Path]:
    """Fetch and build every wheel that `job` needs into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(job.wheel, folder / job.wheel.name)
    if job.plan.embed == "all":
        return [folder / job.wheel.name]
    embedded = job.resolution.indexed if job.plan.embed == "components" else ()
    pins = [pin for pin in applicable(job.lock.pins, job.target) if pin.name not in embedded]
    fetched = download(
        pins,
        job.scratch / "archives",
        indexes=job.resolution.indexes,
        target=job.target,
        offline=job.offline,
    )
    if job.plan.embed == "none":
        fetched += _local(job)
    return [folder / job.wheel.name, *(Path(shutil.copy(wheel, folder / wheel.name)) for wheel in fetched)]


def _local(job: Job) -> list[Path]:
    """Wheels of the projects that are not of an index, by their own backend."""
    folder, here = job.scratch / "local", Path(tempfile.gettempdir())
    given = job.resolution.indexes.environment()
    for project in job.resolution.local:
        if not holds(job.resolution.conditions.get(project.name, ""), job.target):
            continue
        if project.address:
            _fetched(project, folder)
            continue
        words = ["build", "--wheel", "--quiet", "--python", sys.executable, "--no-sources"]
        words += ["--out-dir", str(folder), str(project.root)]
        try:
            uv.run(words, cwd=here, offline=job.offline, given=given)
        except uv.UvError as error:
            raise BuildError(explained(f"{project.name} cannot be built", error.stderr)) from error
    return sorted(folder.glob("*.whl"))


def _fetched(project: Project, folder: Path) -> None:
    """Pip builds what has to be fetched first: uv builds only what is on this machine."""
    words = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-input", "--disable-pip-version-check"]
    done = subprocess.run(  # noqa: S603 - this interpreter, and no shell is involved
        [*words, "--no-deps", "--wheel-dir", str(folder), project.address],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = uv.masked(f"{done.stdout}{done.stderr}")
        raise BuildError(explained(f"{project.name} cannot be built", said))


def _requirement(wheel: Path) -> str:
    name, version, *_ = parse_wheel_filename(wheel.name)
    return f"{name}=={version}"


def _digest(wheel: Path) -> str:
    return hashlib.sha256(wheel.read_bytes()).hexdigest()
