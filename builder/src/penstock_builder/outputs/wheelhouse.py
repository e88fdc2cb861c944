"""A folder of every wheel that the distribution needs, itself included, and a requirements file."""

import hashlib
import shutil
import sys
import tempfile
from pathlib import Path

from packaging.utils import parse_wheel_filename

from penstock_builder import uv
from penstock_builder.childlog import explained
from penstock_builder.errors import BuildError
from penstock_builder.outputs.download import applicable, download
from penstock_builder.outputs.job import Job

__all__ = ("REQUIREMENTS", "make", "wheels")

REQUIREMENTS = "requirements.txt"


def make(job: Job) -> Path:
    """Fill `<name>-<version>-wheelhouse` in the scratch folder."""
    folder = job.scratch / f"{job.plan.name}-{job.plan.version}-wheelhouse"
    found = wheels(job, folder)
    lines = [f"{_requirement(wheel)} --hash=sha256:{_digest(wheel)}\n" for wheel in found]
    (folder / REQUIREMENTS).write_text("".join(sorted(lines)), encoding="utf-8")
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
    fetched = download(pins, job.scratch / "archives", target=job.target, offline=job.offline)
    if job.plan.embed == "none":
        fetched += _local(job)
    return [folder / job.wheel.name, *(Path(shutil.copy(wheel, folder / wheel.name)) for wheel in fetched)]


def _local(job: Job) -> list[Path]:
    """Wheels of the projects on this machine, by their own backend."""
    folder = job.scratch / "local"
    for project in job.resolution.local:
        words = ["build", "--wheel", "--quiet", "--python", sys.executable, "--no-sources"]
        try:
            uv.run(
                [*words, "--out-dir", str(folder), str(project.root)],
                cwd=Path(tempfile.gettempdir()),
                offline=job.offline,
            )
        except uv.UvError as error:
            raise BuildError(explained(f"{project.name} cannot be built", error.stderr)) from error
    return sorted(folder.glob("*.whl"))


def _requirement(wheel: Path) -> str:
    name, version, *_ = parse_wheel_filename(wheel.name)
    return f"{name}=={version}"


def _digest(wheel: Path) -> str:
    return hashlib.sha256(wheel.read_bytes()).hexdigest()
