"""Every component that is installed, found by entry points: for development, tests and embedding.

A component is imported when a configuration names it, as in a built distribution, which does not scan: its
generated `components.py` names what it carries.
"""

from importlib.metadata import EntryPoint, entry_points
from typing import Any

from penstock_api import Components, Kind, Registered

__all__ = ("installed",)


def installed() -> Components:
    """All components of this environment, sorted by entry-point name."""
    return Components(**{kind.section: tuple(map(_registered, _points(kind))) for kind in Kind})


def _points(kind: Kind) -> list[EntryPoint]:
    return sorted(entry_points(group=f"penstock.{kind}"), key=lambda point: point.name)


def _registered(point: EntryPoint) -> Registered[Any]:  # Any: what a group holds is its own promise
    project = point.dist
    assert project is not None, "an entry point found in an environment belongs to a project"
    return Registered(name=point.name, target=point.value, project=project.name, version=project.version)
