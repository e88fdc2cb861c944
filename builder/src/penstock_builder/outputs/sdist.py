"""The source distribution: the staged package with its components; its wheel is the wheel."""

from pathlib import Path

from penstock_builder.errors import BuildError
from penstock_builder.outputs.job import Job
from penstock_builder.wheel import own_settings

__all__ = ("make",)


def make(job: Job) -> Path:
    """Build `<name>-<version>.tar.gz` into the scratch folder."""
    if job.plan.embed == "all":
        what = "a source distribution cannot carry compiled packages: `dist.embed` is `all`"
        raise BuildError(what, "set `dist.embed: components`")
    from hatchling.builders.sdist import SdistBuilder  # noqa: PLC0415 - costs more than the whole of `check`

    with own_settings():
        (built,) = SdistBuilder(str(job.project)).build(directory=str(job.scratch), versions=["standard"])
    return Path(built)
