"""One file that runs: a PEX of the distribution and every wheel that it needs."""

import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from penstock_builder.childlog import explained
from penstock_builder.errors import BuildError, ToolError
from penstock_builder.outputs.job import Job
from penstock_builder.outputs.wheelhouse import wheels
from penstock_builder.replaced import replaced
from penstock_builder.uv import masked

__all__ = ("make",)

_OPTIONS = ("--venv", "prepend", "--sh-boot", "--no-compile", "--disable-cache")


def make(job: Job) -> Path:
    """Build `<name>-<version>.pex` into the scratch folder; raises `ToolError` without the library pex."""
    if find_spec("pex") is None:
        raise ToolError("pex is not installed", "run: pip install penstock-builder[pex]")
    folder = job.scratch / "wheels"
    wheels(job, folder)
    file = job.scratch / f"{job.plan.name}-{job.plan.version}.pex"
    command = [sys.executable, "-m", "pex", *_OPTIONS, "--pre-resolved-dists", str(folder)]
    command += _overruled(job)
    command += ["--script", job.plan.name, "--output-file", str(file), f"{job.plan.name}=={job.plan.version}"]
    environment = {
        "PEX_ROOT": str(job.scratch / "pex"),
        "SOURCE_DATE_EPOCH": str(job.time),
        "PATH": "/usr/bin:/bin",
    }
    done = subprocess.run(  # noqa: S603 - this interpreter, and no shell is involved
        command, cwd=job.scratch, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BuildError(explained("the pex cannot be built", masked(f"{done.stdout}{done.stderr}")))
    return file


def _overruled(job: Job) -> Iterator[str]:
    """What a replacement decides, pex takes from us, whatever the requirements of others say."""
    for one in replaced(job.lock):
        if one.version == "-":
            yield f"--exclude={one.project}"
        else:
            yield f"--override={one.project}=={one.version}"
