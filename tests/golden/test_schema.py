"""The schema of a distribution's configuration: it covers every component and takes what the collector takes."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from penstock_testkit.metadata import load_metadata
from penstock_testkit.projects import find_projects

ROOT = Path(__file__).parents[2]
DISTRIBUTIONS = sorted(path.parent for path in ROOT.glob("distributions/*/config.schema.json"))
SECTIONS = ("receiver", "processor", "exporter", "connector", "extension")
PENCOL = jsonschema.Draft202012Validator(
    json.loads((ROOT / "distributions/pencol/config.schema.json").read_text())
)
SERVICE = {"pipelines": {"traces": {"receivers": ["nop"], "exporters": ["nop"]}}}

every = pytest.mark.parametrize("folder", DISTRIBUTIONS, ids=lambda path: path.name)


@every
def test_it_is_a_schema_with_a_definition_for_each_component(folder):
    schema = json.loads((folder / "config.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    resolved = yaml.safe_load((folder / "manifest.resolved.yaml").read_text())
    carried = {f"{kind}.{one['name']}" for kind in SECTIONS for one in resolved[f"{kind}s"] or ()}
    assert set(schema["$defs"]) == carried
    assert [name for name in carried if schema["$defs"][name] == {"type": ["object", "null"]}] == []


@every
def test_the_sample_of_the_distribution_fits(folder):
    jsonschema.validate(
        yaml.safe_load((folder / "config.yaml").read_text()),
        json.loads((folder / "config.schema.json").read_text()),
        jsonschema.Draft202012Validator,
    )


@pytest.mark.parametrize(
    "project",
    [
        one
        for one in find_projects(ROOT)
        if one.kind in SECTIONS and "pencol" in load_metadata(one.folder / "metadata.yaml").distributions
    ],
    ids=lambda one: f"{one.kind}/{one.id}",
)
def test_the_minimal_config_of_each_component_fits(project):
    config = load_metadata(project.folder / "metadata.yaml").config
    PENCOL.validate({project.kind.section: {f"{project.id}/one": config or None}, "service": SERVICE})


def test_a_reference_fits_where_a_number_is_wanted_and_a_typo_does_not():
    def batch(**config):
        return {"processors": {"batch": config}, "service": SERVICE}

    PENCOL.validate(batch(send_batch_size="${env:SIZE}", timeout="${env:TIMEOUT}"))
    assert not PENCOL.is_valid(batch(send_batch_size="many"))
    assert not PENCOL.is_valid(batch(send_batch_sise=1))
