import pytest

from penstock_api import ConfigError
from penstock_dataflow import validate

from .fakes import World
from .texts import BRANCHING as FILE


def refused(text, components=None):
    with pytest.raises(ConfigError) as caught:
        validate(text, components or World().standard())
    return [(one.where, one.what, one.hint) for one in caught.value.problems]


def test_a_good_file_is_valid():
    assert list(validate(FILE, World().standard()).pipelines[0].nodes) == ["in", "mid", "a", "b"]


def test_problems_of_shape_and_of_components_come_in_one_report_in_file_order():
    wrong = (
        FILE.replace("size: 2", "size: x")
        .replace("processor:pass", "processor:pas")
        .replace("[a, b]", "[a, c]")
    )
    wrong = wrong.replace("idle: {type: exporter:keep}", "idle: {type: exporter:keep, config: {sizes: 1}}")
    with pytest.raises(ConfigError) as caught:
        validate(wrong, World().standard())
    assert [(one.where, one.what, one.hint) for one in caught.value.problems] == [
        ("inline:7:46", "expected a whole number, got a string: 'x'", ""),
        (
            "inline:8:17",
            "this distribution has no such node type: processor:pas",
            "did you mean `processor:pass`?",
        ),
        ("inline:11:48", "unknown key", "did you mean `size`?"),
        ("inline:15:21", "no such node: c", "known are a, b, idle, in, mid"),
    ]


def test_an_alias_of_a_component_names_its_node_type_too():
    world = World()
    aliased = world.processor("renamed", aliases=("pas",))
    validate(FILE.replace("processor:pass", "processor:pas"), world.standard(aliased))


def test_several_connected_outputs_need_a_default_and_only_that_one_sends():
    wrong = FILE.replace("from: mid[", "from: in[") + "          - {from: mid, to: idle}\n"
    assert refused(wrong) == [
        (
            "inline:7:11",
            "several outputs are connected and none is the default: default, x",
            "receiver:push sends to one output: name it in `default_output`",
        )
    ]
    wrong = wrong.replace("config: {size: 2}", "default_output: x")
    assert refused(wrong) == [
        ("inline:13:14", "in never sends to this output: default", "all it sends goes to `x`")
    ]


def test_a_default_output_that_leads_nowhere_is_refused():
    wrong = FILE.replace("config: {size: 2}", "default_output: x")
    assert refused(wrong)[0] == ("inline:7:37", "not connected: x", "connected: default")
