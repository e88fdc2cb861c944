"""`penstock plan`: what would be built, from where, and why; and its graph."""

import json
import socket
import subprocess
import xml.etree.ElementTree as ET

from jsonschema import validate

from penstock_builder.graph import Graph, Node, mermaid
from penstock_builder.reports import schemas
from penstock_builder.svg import layers, svg


def test_the_plan_is_a_table_of_components_and_projects(demo, penstock) -> None:
    penstock("lock")
    done = penstock("plan")
    assert done.code == 0
    assert done.out == (
        "demo 1.2.3, Python >=3.11, embeds components, in out\n"
        "\n"
        "KIND      NAME   PROJECT                  VERSION  FROM                       WHY\n"
        "receiver  otlp   penstock-receiver-otlp   0.1.0    components/receiver/otlp   line 10\n"
        "exporter  debug  penstock-exporter-debug  0.1.0    components/exporter/debug  line 13\n"
        "\n"
        "PROJECT                  VERSION  FROM                       WHY\n"
        "penstock-api             0.1.0    components/core/api        replaced: in the same repository\n"
        "penstock-collector       0.1.0    components/core/collector  line 7\n"
        "penstock-exporter-debug  0.1.0    components/exporter/debug  line 13\n"
        "penstock-receiver-otlp   0.1.0    components/receiver/otlp   line 10\n"
        "pebble                   1.1      index                      required by penstock-receiver-otlp\n"
    )


def test_a_plan_without_a_lock_says_what_is_not_known(demo, penstock, small) -> None:
    demo.manifest(f"{small}connectors:\n  - package: penstock-connector-acme == 1.0\n")
    done = penstock("plan")
    assert "connector  acme   penstock-connector-acme  not locked  index" in done.out
    assert done.out.endswith("\nlock: is missing\n")


def test_b_72_a_plan_opens_no_socket_and_runs_no_process(demo, penstock, monkeypatch) -> None:
    penstock("generate")

    def refuse(*_, **__):
        raise AssertionError("no network and no process")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(subprocess, "Popen", refuse)
    assert [penstock(*words).code for words in (["plan"], ["plan", "--graph", "svg"], ["check"])] == [0, 0, 0]
    (demo.root / "out/config.yaml").unlink()
    assert penstock("generate", "--locked").code == 0


def test_b_84_a_plan_as_json(demo, penstock) -> None:
    penstock("lock")
    report = json.loads(penstock("plan", "--json").out)
    validate(report, json.loads(schemas()["plan"]))
    assert report["distribution"]["name"] == "demo"
    assert [one["name"] for one in report["components"]] == ["otlp", "debug"]
    assert report["projects"][-1]["why"] == "required by penstock-receiver-otlp"


def test_b_84_a_plan_that_cannot_be_made_is_json_too(demo, penstock) -> None:
    demo.manifest("dist: 1\n")
    done = penstock("plan", "--json")
    report = json.loads(done.out)
    validate(report, json.loads(schemas()["error"]))
    assert (done.code, report["exit_code"], report["mistakes"][0]["line"]) == (2, 2, 1)


def test_b_11_the_plan_says_what_comes_from_the_environment(demo, penstock, monkeypatch) -> None:
    monkeypatch.setenv("PENSTOCK_DIST_VERSION", "9.9")
    assert (
        "\ndist.version comes from the environment variable PENSTOCK_DIST_VERSION\n" in penstock("plan").out
    )


def test_graph_and_json_are_two_answers(demo, penstock) -> None:
    done = penstock("plan", "--json", "--graph", "svg")
    assert done.code == 2
    assert "--graph and --json are two answers: ask for one" in done.err


def test_the_graph_as_mermaid(demo, penstock) -> None:
    penstock("lock")
    assert penstock("plan", "--graph", "mermaid").out.splitlines()[:13] == [
        "flowchart LR",
        '  n0["demo 1.2.3"]:::distribution',
        '  n1["pebble 1.1"]:::pin',
        '  n2["penstock-api 0.1.0"]:::local',
        '  n3["penstock-collector 0.1.0"]:::component',
        '  n4["penstock-exporter-debug 0.1.0"]:::component',
        '  n5["penstock-receiver-otlp 0.1.0"]:::component',
        "  n0 --> n3",
        "  n0 --> n4",
        "  n0 --> n5",
        "  n3 --> n2",
        "  n4 --> n2",
        "  n5 --> n1",
    ]


def test_the_graph_as_a_picture_is_the_same_every_time(demo, penstock) -> None:
    penstock("lock")
    first = penstock("plan", "--graph", "svg").out
    assert penstock("plan", "--graph", "svg").out == first
    root = ET.fromstring(first)
    texts = [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == sorted(texts)
    assert len(texts) == 6


def made(*edges: tuple[str, str]) -> Graph:
    names = sorted({name for edge in edges for name in edge})
    nodes = {name: Node(name=name, version="", kind="pin") for name in names}
    return Graph(root="a", nodes=nodes, edges=tuple(sorted(edges)))


def test_layers_follow_the_longest_way_and_a_circle_has_an_end() -> None:
    assert layers(made(("a", "b"), ("b", "c"), ("a", "c"), ("c", "b"))) == (("a",), ("b",), ("c",))
    assert layers(made(("a", "x"), ("a", "b"), ("b", "z"), ("x", "y"))) == (("a",), ("b", "x"), ("z", "y"))


def test_names_cannot_break_out_of_a_graph() -> None:
    nodes = {"a": Node(name='<"&', version="", kind="distribution")}
    graph = Graph(root="a", nodes=nodes, edges=())
    assert "&lt;&quot;&amp;" in svg(graph)
    assert '["<#quot;&"]' in mermaid(graph)
