"""Ids as users write them."""

import pytest

from penstock_api import ComponentId, PipelineId, Signal


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("otlp", "otlp", ""),
        ("otlp/in", "otlp", "in"),
        (" otlp / in/2 ", "otlp", "in/2"),
        ("a_1/ü-.", "a_1", "ü-."),
    ],
)
def test_a_component_id_is_type_and_name(text, kind, name):
    found = ComponentId.parse(text)
    assert (found.kind, found.name) == (kind, name)
    assert ComponentId.parse(str(found)) == found


def test_a_pipeline_id_is_signal_and_name():
    assert PipelineId.parse("traces") == PipelineId(Signal.TRACES)
    assert str(PipelineId.parse("metrics/fast")) == "metrics/fast"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "id must not be empty"),
        ("/in", 'in "/in" id: the part before / should not be empty'),
        ("otlp/", 'in "otlp/" id: the part after / should not be empty'),
        ("1otlp", r'invalid character\(s\) in type "1otlp"'),
        ("o-t", r'invalid character\(s\) in type "o-t"'),
        ("a" * 64, r"invalid character\(s\) in type"),
        ("otlp/a b", r'invalid character\(s\) in name "a b"'),
        ("otlp/" + "a" * 1025, r"invalid character\(s\) in name"),
    ],
)
def test_what_is_no_id_is_refused(text, problem):
    with pytest.raises(ValueError, match=problem):
        ComponentId.parse(text)


def test_an_unknown_signal_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match='unknown signal "trace": signals are traces, metrics, logs'):
        PipelineId.parse("trace/in")
