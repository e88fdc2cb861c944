"""The JSON Schema says what the loader does."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from penstock_dataflow import load, validate
from penstock_dataflow.schema import FILE, main, schema

from .fakes import World
from .texts import EVERYTHING, PIPELINE, whole

ROOT = Path(__file__).parents[4]
FREE = jsonschema.Draft202012Validator(schema())


@pytest.fixture(scope="module")
def components():
    return World().everything()


@pytest.fixture(scope="module")
def known(components):
    return jsonschema.Draft202012Validator(schema(components))


def test_it_is_a_schema(components):
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.Draft202012Validator.check_schema(schema(components))


def test_a_file_with_every_key_fits_as_it_loads(components, known):
    validate(EVERYTHING, components, environ={"T": "t", "N": "5"})
    value = yaml.safe_load(EVERYTHING)
    assert [error.message for error in FREE.iter_errors(value)] == []
    assert [error.message for error in known.iter_errors(value)] == []


def _mappings(value, path=()):
    if isinstance(value, dict):
        yield path, value
        for key, one in value.items():
            yield from _mappings(one, (*path, key))
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from _mappings(one, (*path, index))


def _depth():
    return [path for path, _ in _mappings(yaml.safe_load(EVERYTHING))]


@pytest.mark.parametrize("path", _depth(), ids=lambda path: "/".join(map(str, path)))
def test_a_typo_in_any_mapping_is_refused_by_the_schema_too(path, known):
    value = yaml.safe_load(EVERYTHING)
    found = value
    for key in path:
        found = found[key]
    found["no such"] = {"no such": []}
    assert not known.is_valid(value) or path == ("engine", "telemetry", "resource")


@pytest.mark.parametrize(
    "text",
    [
        "groups: {g: {pipelines: {p: {nodes: {r: {}}}}}}",
        "groups: {a/b: {}}",
        "groups: {g: {pipelines: {p: {workers: 0}}}}",
        "groups: {g: {pipelines: {p: {nodes: {r: {type: receiver:push, capabilities: {nonsense: x}}}}}}}",
        "groups: {g: {pipelines: {p: {connections: [{from: r}]}}}}",
        "groups: {g: {policies: {resources: {memory_limiter: {mode: enforce}}}}}",
        "groups: {}\ntopics: {t: {backend: quiver}}",
        "groups: {}\npolicies: {channel_capacity: {pdata: 0}}",
    ],
)
def test_what_the_loader_refuses_the_schema_refuses(text):
    assert not FREE.is_valid(yaml.safe_load(whole(text)))


def test_the_config_of_a_node_and_an_extension_follows_from_its_type(known):
    good = whole("").replace("receiver:nop", "receiver:push").replace("exporter:nop", "exporter:keep")
    assert known.is_valid(yaml.safe_load(good))
    for wrong in (
        good.replace("exporter:keep", "exporter:keep, config: {size: x}"),
        good.replace("exporter:keep", "exporter:kep"),
        good + "extensions: {x: {type: extension:quota, config: {sise: 1}}}\n",
    ):
        assert not known.is_valid(yaml.safe_load(wrong))


def test_an_older_name_of_a_type_is_one_of_its_names():
    world = World()
    aliased = world.standard(world.processor("renamed", aliases=("old",)))
    text = whole(f"groups: {{g: {{pipelines: {{p: {PIPELINE}}}}}}}").replace("receiver:nop", "processor:old")
    text = text.replace("exporter:nop", "urn:otel:processor:old")
    assert jsonschema.Draft202012Validator(schema(aliased)).is_valid(yaml.safe_load(text))
    assert load(
        text.replace("processor:old", "receiver:x", 1).replace("urn:otel:processor:old", "exporter:y")
    )


def test_a_component_that_cannot_be_loaded_is_left_out():
    from penstock_api import Components, Registered

    broken = Registered(project="p", version="1", name="x", target="no.such.module:factory")
    assert "urn:otel:exporter:x" not in schema(Components(exporters=(broken,)))["$defs"]


def test_the_committed_schema_is_current(capsys):
    assert main([str(ROOT), "--check"]) == 0, capsys.readouterr().err


def test_a_schema_that_is_stale_is_told_and_mended(tmp_path, capsys):
    path = tmp_path / FILE
    path.write_text("{}")
    assert main([str(tmp_path), "--check"]) == 1
    assert capsys.readouterr().err == f"{path}: is stale\n\nhint: run: make generate\n"
    assert main([str(tmp_path)]) == 0
    assert json.loads(path.read_text()) == schema()
    assert (capsys.readouterr().out, main([str(tmp_path)])) == (f"{path}\n", 0)
