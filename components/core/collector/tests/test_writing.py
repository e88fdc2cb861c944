"""What is printed reads back as the same value."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from penstock_api import Config, ConfigError, Section, decode
from penstock_api.yaml import load as read
from penstock_collector.confmap.references import find_reference, unescape
from penstock_collector.writing import escaped, to_yaml

from .written import COMPONENTS, GATES, Gates, Inner, Loader, Sources

TEXT = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    [
        "08",
        "0o17",
        "1e3",
        "1_0",
        "yes",
        "~",
        "null",
        "",
        ".inf",
        "0x1f",
        "2024-01-01",
        "<<",
        "=",
        "a: b",
        "\x85",
        "\ufeff",
    ]
)
VALUES = st.recursive(
    TEXT | st.booleans() | st.none() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=15,
)


@settings(deadline=None)
@given(st.dictionaries(TEXT, VALUES, max_size=5))
def test_yaml_reads_back_as_the_same_value(value):
    assert read(to_yaml(value), "f").value == value


def test_a_number_that_is_none_reads_back():
    assert math.isnan(read(to_yaml({"a": math.nan}), "f").value["a"])


@settings(deadline=None)
@given(st.lists(st.sampled_from(["$", "${", "}", "a", "{", "env:X"]), max_size=12).map("".join))
def test_escaped_text_holds_no_reference_and_unescapes_to_itself(text):
    assert find_reference(escaped(text), bare=True) is None
    assert unescape(escaped(text)) == text


class Holder(Config):
    """Sections where they may stand."""

    many: tuple["Holder", ...] = ()
    named: dict[str, "Holder"] = {}  # noqa: RUF012 - pydantic copies it
    part: Section[Inner] = Inner()


def test_sections_that_are_off_say_so_at_every_depth():
    from penstock_api.config import values_of

    off = {"part": {"enabled": False}}
    config = decode(Holder, {"many": [off], "named": {"a": off}})
    written = values_of(config, unredacted=False)
    assert written["many"][0]["part"] == written["named"]["a"]["part"] == {"enabled": False}
    assert decode(Holder, written) == config


KEYS = st.sampled_from(
    ["receivers", "exporters", "processors", "connectors", "extensions", "service", "pipelines", "telemetry", "demo", "sink",
     "demo/x", "traces", "logs/y", "metrics", "level", "readers", "pull", "headers", "queue", "inner", "number", "a::b", "resource"]
)  # fmt: skip
TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | KEYS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(KEYS, TREES, max_size=6))
def test_any_configuration_is_read_or_refused_with_problems(tree):
    loader = Loader(
        sources=Sources((f"yaml:{to_yaml(tree)}",)),
        components=COMPONENTS,
        gates=Gates.parse([], GATES),
        warn=str,
    )
    problems = ()
    try:
        loader()
    except ConfigError as error:
        problems = error.problems
    assert all(str(problem) for problem in problems)
