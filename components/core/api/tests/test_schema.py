from typing import Any, Literal

import jsonschema
import pytest
from pydantic import Field

from penstock_api import Config, ConfigError, Duration, Headers, Secret, Section, decode
from penstock_api.config.schema import schema_of, schema_text

REFERENCE = {"$ref": "#/$defs/Reference"}


class Limits(Config):
    title: str = ""
    """A property that is named like a keyword."""
    size: int
    """Items."""


class Sample(Config):
    """What the user writes."""

    timeout: Duration = 1.0
    """How long."""
    token: Secret = Secret("plain")
    """Not told to everybody."""
    limits: Section[Limits] = None
    """Off by default."""
    base: Limits = Limits(size=1)
    """Always there."""


def test_a_section_takes_null_and_enabled_and_needs_nothing_when_off():
    schema = schema_of(Sample)
    assert schema["properties"]["limits"] == {
        "anyOf": [{"$ref": "#/$defs/LimitsSection"}, {"type": "null"}, REFERENCE],
        "default": None,
        "description": "Off by default.",
    }
    section = schema["$defs"]["LimitsSection"]
    assert section["properties"]["enabled"]["type"] == "boolean"
    assert section["additionalProperties"] is False
    assert section["if"] == {"properties": {"enabled": {"const": False}}, "required": ["enabled"]}
    assert section["else"] == {"required": ["size"]}
    assert "required" not in section


def test_a_nested_model_takes_null_but_no_enabled():
    schema = schema_of(Sample)
    assert schema["properties"]["base"]["anyOf"] == [
        {"$ref": "#/$defs/Limits"},
        {"type": "null"},
        REFERENCE,
    ]
    assert "enabled" not in schema["$defs"]["Limits"]["properties"]
    assert schema["$defs"]["Limits"]["required"] == ["size"]


def test_keys_carry_their_descriptions_and_no_titles():
    schema = schema_of(Sample)
    assert schema["description"] == "What the user writes."
    assert schema["properties"]["timeout"]["description"] == "How long."
    assert schema["properties"]["timeout"]["default"] == "1s"
    assert schema["properties"]["base"]["default"] == {"size": 1}
    assert schema["properties"]["token"]["default"] == "plain"
    assert "title" not in schema["properties"]["timeout"]
    assert "title" in schema["$defs"]["Limits"]["properties"]


def test_the_text_is_the_same_on_every_run():
    text = schema_text(Sample)
    assert text == schema_text(Sample)
    assert text.startswith('{\n  "$defs"')
    assert text.endswith("}\n")


class Typed(Config):
    """Every shape of value."""

    size: int = 1
    """A number."""
    on: bool = False
    """A switch."""
    mode: Literal["a", "b"] = "a"
    """A choice."""
    wait: Duration = 1.0
    """A duration."""
    names: tuple[str, ...] = ()
    """A list of texts."""
    sizes: tuple[int, ...] = ()
    """A list of numbers."""
    headers: Headers = Field(default_factory=dict)
    """A map of texts."""
    text: str = ""
    """Any text."""
    limits: Section[Limits] = None
    """A section."""


def fits(written: dict[str, Any]) -> bool:
    return jsonschema.Draft202012Validator(schema_of(Typed)).is_valid(written)


@pytest.mark.parametrize("key", [name for name in Typed.model_fields if name != "sizes"])
def test_a_reference_may_stand_for_any_value(key):
    assert fits({key: "${env:VALUE}"})
    assert fits({key: "${file:a.yaml}"})


@pytest.mark.parametrize("written", ["${env:ONE}", ["${env:ONE}", 2]])
def test_a_reference_may_stand_for_a_list_or_in_it(written):
    assert fits({"sizes": written})


@pytest.mark.parametrize(
    ("key", "value"),
    [("size", "5"), ("on", "yes"), ("mode", "c"), ("wait", "soon"), ("sizes", "1, 2"), ("size", "$VALUE")],
)
def test_other_text_is_refused_as_the_collector_refuses_it(key, value):
    assert not fits({key: value})
    with pytest.raises(ConfigError):
        decode(Typed, {key: value})


def test_a_list_of_texts_may_be_written_with_commas_as_the_collector_reads_it():
    assert fits({"names": "a, b"})
    assert decode(Typed, {"names": "a, b"}).names == ("a", "b")


def test_a_model_without_options_has_no_definitions():
    assert "$defs" not in schema_of(type("Empty", (Config,), {}))
