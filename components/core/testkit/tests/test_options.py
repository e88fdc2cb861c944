from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from pydantic import Field

from penstock_api import Config, Duration, Headers, Secret, Section
from penstock_testkit.options import options_of


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Rule(Config):
    path: str
    """Where it
    applies."""


class Queue(Config):
    size: int = 10
    """Items."""


class Everything(Config):
    timeout: Duration = 0.2
    """How long."""
    pause: Duration | None = None
    """Between tries."""
    token: Secret = Secret("")
    """Secret."""
    headers: Headers = Field(default_factory=dict)
    """Sent along."""
    colour: Colour = Colour.RED
    """Of it."""
    mode: Literal["", "a", "b"] = "a"
    """Of work."""
    names: tuple[str, ...] = ("x",)
    """List."""
    rules: tuple[Rule, ...] = ()
    """Rules."""
    limits: Mapping[str, Rule] = Field(default_factory=dict)
    """By name."""
    queue: Section[Queue] = Queue()
    """Buffers."""
    off: Section[Queue] = None
    """Not by default."""
    nested: Queue = Queue()
    """Always."""
    share: float = 0.5
    """Of all."""
    where: str
    """Place."""


def test_every_key_is_listed_with_type_default_and_description():
    rows = [(one.key, one.type, one.default, one.description) for one in options_of(Everything)]
    assert rows == [
        ("timeout", "duration", "`200ms`", "How long."),
        ("pause", "duration or null", "`null`", "Between tries."),
        ("token", "string, secret", '`""`', "Secret."),
        ("headers", "map of string, secret", "`{}`", "Sent along."),
        ("colour", "`red` or `blue`", '`"red"`', "Of it."),
        ("mode", '`""` or `a` or `b`', '`"a"`', "Of work."),
        ("names", "list of string", '`["x"]`', "List."),
        ("rules", "list of section", "`[]`", "Rules."),
        ("rules[].path", "string", "required", "Where it applies."),
        ("limits", "map of section", "`{}`", "By name."),
        ("limits.<name>.path", "string", "required", "Where it applies."),
        ("queue", "section, `enabled: false` is off", "on", "Buffers."),
        ("queue.size", "integer", "`10`", "Items."),
        ("off", "section, `enabled: false` is off", "off", "Not by default."),
        ("off.size", "integer", "`10`", "Items."),
        ("nested", "section", "", "Always."),
        ("nested.size", "integer", "`10`", "Items."),
        ("share", "number", "`0.5`", "Of all."),
        ("where", "string", "required", "Place."),
    ]


def test_a_section_may_replace_the_defaults_of_its_model():
    class Custom(Config):
        queue: Queue = Queue(size=3)
        """Buffers."""

    assert [one.default for one in options_of(Custom)] == ["", "`3`"]
