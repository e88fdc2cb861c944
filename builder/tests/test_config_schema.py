"""The schema of a distribution's configuration file."""

import json
import re

import pytest
from jsonschema import Draft202012Validator

from penstock_builder.config_schema import config_schema
from penstock_builder.registration import Registration


def component(kind: str, name: str) -> Registration:
    return Registration(
        kind=kind, name=name, project=f"p-{name}", module=f"m_{name}.sub", attribute="factory"
    )


ANYTHING = {"type": ["object", "null", "string"], "pattern": r"\$\{[^}]+\}"}
SHIPPED = {
    "p-otlp": {
        "m_otlp": json.dumps(
            {
                "$schema": "x",
                "$id": "y",
                "type": "object",
                "properties": {
                    "a": {"$ref": "#/$defs/A"},
                    "b": [{"$ref": "#"}],
                    "c": {"$ref": "http://e/#/x"},
                },
                "$defs": {"A": {"type": "string"}},
            }
        )
    }
}


def schema() -> dict:
    components = [component("receiver", "otlp"), component("exporter", "file"), component("provider", "env")]
    return json.loads(config_schema("demo", components, SHIPPED))


def test_a_components_schema_moves_with_its_references() -> None:
    assert schema()["$defs"]["receiver.otlp"] == {
        **ANYTHING,
        "properties": {
            "a": {"$ref": "#/$defs/receiver.otlp/$defs/A"},
            "b": [{"$ref": "#/$defs/receiver.otlp"}],
            "c": {"$ref": "http://e/#/x"},
        },
        "$defs": {"A": {"type": "string"}},
    }


def test_a_component_without_a_schema_takes_any_mapping() -> None:
    assert schema()["$defs"]["exporter.file"] == ANYTHING


def test_sections_take_a_type_or_a_named_instance_and_nothing_else() -> None:
    receivers = schema()["properties"]["receivers"]
    (pattern,) = receivers["patternProperties"]
    assert receivers["additionalProperties"] is False
    assert [bool(re.search(pattern, key)) for key in ("otlp", "otlp/two", "otlp2", "xotlp", "otlp/")] == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert receivers["patternProperties"][pattern] == {"$ref": "#/$defs/receiver.otlp"}
    assert schema()["properties"]["processors"]["patternProperties"] == {}


def test_a_component_whose_schema_is_no_plain_object_may_be_empty_too() -> None:
    text = config_schema(
        "demo", [component("receiver", "otlp")], {"p-otlp": {"m_otlp": '{"$ref": "#/$defs/A"}'}}
    )
    (receiver,) = json.loads(text)["properties"]["receivers"]["patternProperties"].values()
    nothing = {"type": ["null", "string"], "pattern": r"\$\{[^}]+\}"}
    assert receiver == {"anyOf": [{"$ref": "#/$defs/receiver.otlp"}, nothing]}


def test_pipelines_name_only_components_that_are_there() -> None:
    (pipeline,) = schema()["properties"]["service"]["properties"]["pipelines"]["patternProperties"].values()
    accepts = Draft202012Validator(pipeline).is_valid
    assert accepts({"receivers": ["otlp"], "exporters": ["file/2"]})
    assert not accepts({"receivers": ["file"], "exporters": ["file"]})
    assert not accepts({"receivers": ["otlp"], "exporters": ["file"], "processors": ["batch"]})


@pytest.mark.parametrize(
    "body",
    [
        {"receivers": {"otlp": "${env:OTLP}"}},
        {"receivers": "${file:receivers.yaml}"},
        {"service": "${env:SERVICE}"},
        {"service": {"pipelines": "${env:PIPELINES}"}},
        {"service": {"pipelines": {"traces": "${env:TRACES}"}}},
        {"service": {"pipelines": {"traces": {"receivers": "${env:LIST}", "exporters": ["${env:ONE}"]}}}},
    ],
    ids=str,
)
def test_a_reference_may_stand_for_any_value(body) -> None:
    accepts = Draft202012Validator(schema()).is_valid
    whole = {"service": {"pipelines": {}}, **body}
    assert accepts(whole)
    assert not accepts(json.loads(re.sub(r"\$\{[^}]+\}", "plain text", json.dumps(whole))))


def test_providers_are_no_part_of_the_file() -> None:
    assert "providers" not in schema()["properties"]
    assert "provider.env" not in schema()["$defs"]
