"""A component says in which distributions it is, and it is in them."""

from pathlib import Path

import pytest
import yaml

from penstock_testkit.projects import find_projects, find_root

ROOT = find_root(Path(__file__))
KINDS = ("receivers", "processors", "exporters", "connectors", "extensions", "providers", "converters")


def shipped() -> dict[str, set[str]]:
    """Project -> the distributions of this repository that register something of it."""
    found: dict[str, set[str]] = {}
    for file in sorted(ROOT.glob("distributions/*/manifest.resolved.yaml")):
        resolved = yaml.safe_load(file.read_text())
        for entry in (one for kind in KINDS for one in resolved[kind]):
            found.setdefault(entry["package"], set()).add(resolved["dist"]["name"])
    return found


SHIPPED = shipped()


@pytest.mark.parametrize("project", list(find_projects(ROOT)), ids=lambda one: f"{one.kind}/{one.id}")
def test_the_metadata_names_the_distributions_that_ship_it(project):
    said = yaml.safe_load((project.folder / "metadata.yaml").read_text())["distributions"]
    assert said == sorted(SHIPPED.get(project.name, ())), (
        f"`distributions:` of {project.folder}/metadata.yaml"
    )


def test_every_shipped_component_has_metadata_here():
    assert SHIPPED.keys() <= {project.name for project in find_projects(ROOT)}
