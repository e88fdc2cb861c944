from pathlib import Path
from textwrap import dedent

import pytest

from penstock_api import ConfigError
from penstock_dataflow import load
from penstock_dataflow.config import Connection, Dispatch, Port

from .texts import NODES, found, pipeline, problems


def test_a_file_becomes_nodes_and_connections(tmp_path):
    path = tmp_path / "flow.yaml"
    path.write_text(
        pipeline(
            """\
            nodes:
              in:
                type: receiver:otlp
                description: what applications send
                config: {protocols: {grpc: {}}}
              out: {type: "urn:otel:exporter:debug"}
              file: {type: exporter:file}
            connections:
              - {from: in, to: [out, file], policies: {dispatch: broadcast}}
            """
        )
    )
    config = load(path)
    [one] = config.pipelines
    assert (str(one), one.capacity, one.unconnected) == ("edge/ship", 128, {})
    assert one.nodes["in"].description == "what applications send"
    assert one.nodes["in"].config == {"protocols": {"grpc": {}}}
    assert [node.urn.short for node in one.nodes.values()] == [
        "receiver:otlp",
        "exporter:debug",
        "exporter:file",
    ]
    [connection] = one.connections
    assert (connection.sources, connection.targets) == ((Port("in", "default"),), ("out", "file"))
    assert connection.dispatch is Dispatch.BROADCAST
    assert str(config.document.position(one.nodes["out"].path)) == f"{path}:11"


def test_one_of_is_the_default_dispatch():
    text = pipeline(f"{NODES}    connections: [{{from: in, to: [out, file]}}]")
    assert load(text).pipelines[0].connections[0].dispatch is Dispatch.ONE_OF


@pytest.mark.parametrize("quote", ['"', "'"])
def test_an_output_can_be_selected(quote):
    nodes = NODES.replace("processor:batch", "processor:batch, outputs: [a], default_output: a")
    ends = dedent(f"""\
        connections:
          - {{from: in, to: mid}}
          - from: mid[{quote}a{quote}]
            to: out
        """)
    assert load(pipeline(dedent(nodes) + ends)).pipelines[0].default_ports == {"in": "default", "mid": "a"}


def test_the_only_connected_output_is_the_default_one():
    text = pipeline(dedent(NODES) + 'connections:\n  - from: in["x"]\n    to: out\n')
    assert load(text).pipelines[0].default_ports == {"in": "x"}


# -- policies -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("top", "group", "inner", "capacity"),
    [
        (None, None, None, 128),
        (1, None, None, 1),
        (1, 2, None, 2),
        (1, 2, 3, 3),
        (None, 2, None, 2),
        (1, None, 3, 3),
    ],
)
def test_the_nearest_scope_that_sets_a_capacity_wins(top, group, inner, capacity):
    def policies(value):
        return {} if value is None else {"policies": {"channel_capacity": {"pdata": value}}}

    nodes = {"r": {"type": "receiver:nop"}, "e": {"type": "exporter:nop"}}
    one = {"nodes": nodes, "connections": [{"from": "r", "to": "e"}], **policies(inner)}
    groups = {"g": {"pipelines": {"p": one}, **policies(group)}}
    config = load({"version": "otel_dataflow/v1", "groups": groups, **policies(top)})
    assert config.pipelines[0].capacity == capacity


def test_a_scope_that_sets_a_family_sets_all_of_it():
    text = "policies: {channel_capacity: {pdata: 7}}\n" + pipeline(
        f"{NODES}    connections: [{{from: in, to: out}}]", policies="policies: {channel_capacity: {}}\n"
    )
    assert load(text).pipelines[0].capacity == 128


@pytest.mark.parametrize("value", [0, -1])
def test_a_channel_holds_at_least_one(value):
    text = pipeline(NODES, policies=f"policies: {{channel_capacity: {{pdata: {value}}}}}\n")
    assert (
        f"6: policies::channel_capacity::pdata: input should be greater than or equal to 1: {value}"
        in found(text)
    )


def test_policies_that_make_no_sense_here_say_what_to_use_instead():
    text = pipeline(
        f"{NODES}    connections: [{{from: in, to: out}}]",
        policies="policies: {channel_capacity: {control: {}, pdata: x}, helth: 1}\n",
    )
    assert found(text) == [
        (
            "6: policies::channel_capacity::control: this engine has no `control` "
            "(control messages do not wait in queues here; `pdata` bounds what waits: remove it)"
        ),
        "6: policies::channel_capacity::pdata: expected a whole number, got a string: 'x'",
        "6: policies::helth: unknown key (did you mean `health`?)",
    ]


# -- the outside --------------------------------------------------------------------------------------


def test_an_empty_file_says_what_belongs_into_it():
    assert found("") == [
        "1: version: required key is missing (the first line of the file is `version: otel_dataflow/v1`)",
        "1: groups: there is no pipeline (write it under `groups.<group>.pipelines.<name>`)",
    ]


def test_another_version_is_refused():
    text = pipeline(f"{NODES}    connections: [{{from: in, to: out}}]").replace("/v1", "/v9")
    assert found(text) == [
        (
            "1: version: not a version that this engine reads: otel_dataflow/v9 "
            "(the first line of the file is `version: otel_dataflow/v1`)"
        )
    ]


def test_a_typo_in_any_mapping_is_refused_with_the_nearest_key():
    text = dedent("""\
        version: otel_dataflow/v1
        grups: {}
        groups:
          g:
            pipeline: {}
            pipelines:
              p:
                node: {}
                nodes:
                  r: {type: receiver:nop, discription: x}
                  e: {type: exporter:nop}
                connections:
                  - {from: r, to: e, policy: {}}
        """)
    assert [(one.where, one.hint) for one in problems(text)] == [
        ("inline:2:1", "did you mean `groups`?"),
        ("inline:5:5", "did you mean `pipelines`?"),
        ("inline:8:9", "did you mean `nodes`?"),
        ("inline:10:35", "did you mean `description`?"),
        ("inline:13:30", "did you mean `policies`?"),
    ]


def test_values_of_the_wrong_shape_are_refused_where_they_stand():
    assert found("version: [1]\ngroups: 5\npolicies: x\n") == [
        "1: version: expected a string, got a list",
        "2: groups: expected a mapping, got a value of type int: 5",
        "2: groups: there is no pipeline (write it under `groups.<group>.pipelines.<name>`)",
        "3: policies: expected a mapping, got a string: 'x'",
    ]


def test_the_group_system_is_reserved_and_ids_are_plain():
    text = pipeline(f"{NODES}    connections: [{{from: in, to: out}}]")
    assert found(text.replace("edge:", "system:")) == ["3: groups::system: this group id is reserved: system"]
    assert found(text.replace("ship:", '"a b":')) == [
        "5: groups::edge::pipelines::a b: a pipeline id has no spaces, brackets, quotes or slashes: a b"
    ]


def test_duplicate_keys_are_refused_everywhere():
    text = pipeline(f"{NODES}      in: {{type: receiver:nop}}\n    connections: []\n")
    assert [one.what for one in problems(text)] == ["duplicate key, first on line 7"]


def test_a_file_that_cannot_be_read_is_an_error_of_the_users(tmp_path):
    with pytest.raises(ConfigError, match=r"nope.yaml: cannot read the file: No such file or directory$"):
        load(Path(tmp_path / "nope.yaml"))


# -- nodes --------------------------------------------------------------------------------------------


def test_nodes_that_are_wrong_are_all_named():
    text = pipeline("""\
        nodes:
          a: {}
          b: {type: 5}
          c: {type: extension:oauth2}
          d: {type: connector:forward}
          e: {type: exporter:debug, outputs: [x], default_output: x}
          "f g": {type: receiver:nop}
          h: {type: receiver:nop, outputs: [x, x, "a b", 5], default_output: y}
          i: {type: "", description: [1]}
          j: []
        """)
    nothing = "for example `type: receiver:otlp`"
    assert found(text) == [
        f"7: nodes::a::type: required key is missing ({nothing})",
        "8: nodes::b::type: expected a string, got a value of type int: 5",
        (
            "9: nodes::c::type: an extension is not a node: extension:oauth2 "
            "(extensions are declared under `extensions`, beside `nodes`)"
        ),
        (
            "10: nodes::d::type: a connector is not a node: connector:forward "
            "(`connections` join nodes here; connectors belong to `connectors` in a collector's file)"
        ),
        "11: nodes::e::outputs: an exporter has no outputs (remove it)",
        "11: nodes::e::default_output: an exporter has no outputs (remove it)",
        "12: nodes::f g: a node id has no spaces, brackets or quotes: f g",
        "13: nodes::h::outputs::1: listed twice: x",
        "13: nodes::h::outputs::2: the name of an output has no spaces, brackets or quotes: a b",
        "13: nodes::h::outputs::3: expected a string, got a value of type int: 5",
        "13: nodes::h::default_output: not one of `outputs`: y (outputs are x, x, a b)",
        "14: nodes::i::type: must not be empty",
        "14: nodes::i::description: expected a string, got a list",
        "15: nodes::j: expected a mapping, got a list",
        f"15: nodes::j::type: required key is missing ({nothing})",
    ]


# -- connections --------------------------------------------------------------------------------------


def connected(*lines):
    listed = "".join(f"  - {line}\n" for line in lines)
    return pipeline(dedent(NODES) + "connections:\n" + listed)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{from: inn, to: out}", "::from: no such node: inn (did you mean `in`?)"),
        ("{from: in, to: ot}", "::to: no such node: ot (did you mean `out`?)"),
        ("{from: in, to: 'out[\"a\"]'}", '::to: no such node: out["a"] (a destination is a node, without an output)'),
        ("{from: in, to: [out, out]}", "::to::1: listed twice: out"),
        ("{from: [in, in], to: out}", '::from::1: listed twice: in["default"]'),
        ("{from: out, to: file}", "::from: an exporter sends to no other node: out"),
        ("{from: mid, to: in}", "::to: a receiver takes nothing from other nodes: in"),
            ("{from: in}", "::to: required key is missing (a connection has `from` and `to`)"),
        ("{to: out}", "::from: required key is missing (a connection has `from` and `to`)"),
        ("{from: [], to: out}", "::from: names no node"),
        ("{from: in, to: }", "::to: names no node"),
        ("{from: in, to: 5}", "::to: expected a string, got a value of type int: 5"),
        ("{from: 'in[x]', to: out}", '::from: not a node or an output of one: in[x] (write `node` or `node["output"]`)'),
        ("{from: 'in[\"\"]', to: out}", '::from: not a node or an output of one: in[""] (write `node` or `node["output"]`)'),
        ("{from: 'in]', to: out}", '::from: not a node or an output of one: in] (write `node` or `node["output"]`)'),
        ("{from: '[\"x\"]', to: out}", '::from: not a node or an output of one: ["x"] (write `node` or `node["output"]`)'),
        (
            "{from: in, to: out, policies: {dispatch: all}}",
            "::policies::dispatch: expected one_of or broadcast: all",
        ),
        ("{from: in, to: out, policies: {dispatch: 1}}", "::policies::dispatch: expected a string, got a value of type int: 1"),
        ("[in, out]", ": expected a mapping, got a list"),
    ],
)  # fmt: skip
def test_a_connection_that_is_wrong_is_refused_where_it_stands(line, message):
    assert found(connected(line))[0] == f"12: connections::0{message}"


def test_an_output_can_stand_in_several_connections():
    [one] = load(
        connected("{from: in, to: out}", "{from: [in, mid], to: file}", "{from: in, to: mid}")
    ).pipelines
    assert [(list(map(str, each.sources)), each.targets) for each in one.connections] == [
        (['in["default"]'], ("out",)),
        (['in["default"]', 'mid["default"]'], ("file",)),
        (['in["default"]'], ("mid",)),
    ]


def test_a_second_way_from_an_output_to_the_same_node_is_refused():
    assert found(connected("{from: in, to: [out, file]}", "{from: 'in[\"default\"]', to: file}")) == [
        ('13: connections::1::to: another connection leads from in["default"] to this node already: file '
         "(it would get each batch twice: remove one)")
    ]  # fmt: skip


def test_an_output_that_is_not_declared_is_refused():
    text = connected("{from: in, to: mid}", "{from: mid, to: out}").replace(
        "batch}", "batch, outputs: [a, b]}"
    )
    assert found(text) == [
        '13: connections::1::from: output is not declared: mid["default"] (`outputs` of mid are a, b)'
    ]


def test_a_cycle_is_refused_with_its_path_where_it_closes():
    nodes = NODES.replace("    nodes:\n", "    nodes:\n      again: {type: processor:batch}\n")
    ends = "connections:\n  - {from: in, to: mid}\n  - {from: mid, to: [again, out]}\n  - {from: again, to: mid}\n"
    text = pipeline(dedent(nodes) + ends)
    assert found(text) == ["14: connections::1: cycle detected: again -> mid -> again"]


def test_connections_to_nodes_that_are_wrong_are_not_wrong_for_that():
    text = connected("{from: in, to: mid}", "{from: mid, to: out}").replace(
        "processor:batch", "prcessor:batch"
    )
    assert found(text) == [
        "8: nodes::mid::type: not a kind of node: prcessor (kinds are receiver, processor, exporter)"
    ]


# -- nodes that nothing reaches ------------------------------------------------------------------------


def test_unconnected_nodes_are_left_out_and_then_those_that_fed_only_them():
    text = connected("{from: in, to: [mid, out]}")
    [one] = load(text).pipelines
    assert (list(one.nodes), list(one.unconnected)) == (["in", "out"], ["mid", "file"])
    assert [(each.sources, each.targets) for each in one.connections] == [
        ((Port("in", "default"),), ("out",))
    ]


def test_nothing_left_is_an_error():
    assert found(connected("{from: in, to: mid}")) == [
        (
            "5: groups::edge::pipelines::ship: no node is connected from a receiver to an exporter "
            "(`nodes` are joined by `connections`)"
        )
    ]
    assert found(pipeline("nodes: {}\n")) == [
        "5: groups::edge::pipelines::ship: there are no nodes (`nodes` are joined by `connections`)"
    ]


# -- reports ------------------------------------------------------------------------------------------


def test_all_problems_of_a_file_are_reported_at_once_in_file_order():
    text = pipeline(
        """\
        connections:
          - {from: inn, to: out, policies: {dispatch: most}}
        nodes:
          in: {type: reciever:otlp}
          out: {type: exporter:debug, config: {at: "${env:NOPE}"}, output: []}
        """,
        policies="policies: {channel_capacity: {pdata: 0}}\n",
    )
    lines = [int(line.partition(":")[0]) for line in found(text, environ={})]
    assert lines == [6, 8, 8, 10, 11, 11]


def test_a_connection_is_a_value():
    one, two = (Connection(sources=(Port("a", "x"),), targets=("b",), path=()) for _ in range(2))
    assert one == two
    assert str(one.sources[0]) == 'a["x"]'
