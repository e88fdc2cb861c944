from penstock_api import Config, Duration, Secret, Section
from penstock_testkit.schema import schema_of, schema_text


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
        "anyOf": [{"$ref": "#/$defs/LimitsSection"}, {"type": "null"}],
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
    assert schema["properties"]["base"]["anyOf"] == [{"$ref": "#/$defs/Limits"}, {"type": "null"}]
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
