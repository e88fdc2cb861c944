"""Imports every component of an installed distribution, so that a broken one is known before it is used."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from penstock_builder.errors import BuildError

__all__ = ("import_everything",)

_SCRIPT = """
import dataclasses
from importlib.metadata import entry_points

(distribution,) = entry_points(group="penstock.distribution")
listed = distribution.load()()
for field in dataclasses.fields(listed):
    for one in getattr(listed, field.name):
        try:
            one.factory
        except Exception as error:
            cause = error
            while cause.__cause__ is not None:
                cause = cause.__cause__
            first = (str(cause).splitlines() or [type(cause).__name__])[0]
            print(f"{field.name}: {one.name} of {one.project}: {type(cause).__name__}: {first}")
"""


def import_everything(python: Path, environment: Mapping[str, str]) -> None:
    """Raise `BuildError` naming every component that cannot be imported, and the first line of each cause."""
    done = subprocess.run(  # noqa: S603 - the interpreter of an environment that was just made
        [str(python), "-c", _SCRIPT],
        cwd=python.parent,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    broken = done.stdout.strip()
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise BuildError(f"the list of components cannot be loaded: {last}")
    if broken:
        raise BuildError(f"components that cannot be imported:\n{broken}")
