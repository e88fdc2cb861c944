"""Topics in the configuration."""

import pytest

from penstock_api import OnFull
from penstock_dataflow import load
from penstock_dataflow.config import Scope
from penstock_dataflow.controller.topics import declare_topics
from penstock_engine.topics import BroadcastAck, OnLag, TopicPolicies

from .texts import whole, wrong


def joined(*pipelines, topics="topics: {a: , b: , c: }"):
    """A file with the pipelines `from -> to`, where either end may be a topic, or nothing for another node."""
    listed = ""
    for number, ends in enumerate(pipelines):
        source, target = ends.split("->")
        first = f"receiver:topic, config: {{topic: {source.strip()}}}" if source.strip() else "receiver:nop"
        last = f"exporter:topic, config: {{topic: {target.strip()}}}" if target.strip() else "exporter:nop"
        nodes = f"nodes: {{r: {{type: {first}}}, m: {{type: processor:nop}}, e: {{type: {last}}}}}"
        joins = "connections: [{from: r, to: m}, {from: m, to: e}]"
        listed += f"      p{number}: {{{nodes}, {joins}}}\n"
    return f"{topics}\ngroups:\n  g:\n    pipelines:\n{listed}"


def test_a_topic_has_rules_with_defaults():
    topic = load(whole("topics: {raw: {description: as received}}\n")).topics["raw"]
    assert (topic.name, topic.key, topic.scope, topic.description) == (
        "raw",
        "raw",
        Scope.ENGINE,
        "as received",
    )
    assert topic.path == ("topics", "raw")
    policies = topic.policies
    assert (policies.balanced.queue_capacity, policies.balanced.on_full) == (128, "block")
    assert (policies.broadcast.queue_capacity, policies.broadcast.on_lag) == (128, "drop_oldest")
    ack = policies.ack_propagation
    assert (ack.mode, ack.max_in_flight, ack.timeout) == ("disabled", 1024, 30.0)


@pytest.mark.parametrize(
    ("topic", "path", "what"),
    [
        ("raw: {policies: {balanced: {queue_capacity: 0}}}", "raw::policies::balanced::queue_capacity", "input should be greater"),
        ("raw: {backend: quiver}", "raw::backend", "expected 'in_memory': 'quiver'"),
        ("raw: {polices: {}}", "raw::polices", "unknown key"),
        ("raw: {impl_selection: auto}", "raw::impl_selection", "this engine has no `impl_selection`"),
        ("a/b: ", "a/b", "a topic name has no spaces, brackets, quotes or slashes: a/b"),
        ("raw: 5", "raw", "expected a mapping, got a value of type int: 5"),
    ],
)  # fmt: skip
def test_a_topic_that_is_wrong_is_refused(topic, path, what):
    [(found, said, _)] = wrong(f"topics: {{{topic}}}\n")
    assert found == f"topics::{path}"
    assert said.startswith(what)


def test_pipelines_are_joined_by_a_topic():
    config = load(whole(joined("-> a", "a -> b", "b ->")))
    assert [str(one) for one in config.pipelines] == ["g/p0", "g/p1", "g/p2"]


def test_a_topic_that_is_not_declared_is_refused_with_the_nearest_one():
    assert wrong(joined("-> raww", topics="topics: {raw: }")) == [
        ("groups::g::pipelines::p0::nodes::e::config::topic", "no such topic: raww", "did you mean `raw`?")
    ]
    assert wrong(joined("raw ->", topics="")) == [
        (
            "groups::g::pipelines::p0::nodes::r::config::topic",
            "no such topic: raw",
            "declare it under `topics`: in the group, or at the top",
        )
    ]


def test_a_topic_in_a_worker_process_is_refused():
    text = joined("raw ->", topics="topics: {raw: }").replace("{nodes:", "{workers: 2, nodes:")
    [(path, what, _)] = wrong(text)
    assert path == "groups::g::pipelines::p0::nodes::r::type"
    assert what == "a worker process cannot reach the topics of the engine: r"


def test_a_topic_of_another_group_is_not_seen():
    text = joined("-> own", topics="").replace("groups:\n", "groups:\n  h: {topics: {own: }}\n")
    assert [what for _, what, _ in wrong(text)] == ["no such topic: own"]


def test_a_group_hides_a_topic_of_the_top():
    text = joined("a ->").replace("  g:\n", "  g:\n    topics: {a: {description: ours}}\n")
    [one] = load(whole(text)).pipelines
    assert (one.topics["a"].key, one.topics["a"].description, one.topics["b"].key) == ("g/a", "ours", "b")


@pytest.mark.parametrize(
    ("pipelines", "loop"),
    [
        (("a -> a",), "a -> a"),
        (("a -> b", "b -> c", "c -> a"), "a -> b -> c -> a"),
        (("-> b", "b -> c", "c -> b"), "b -> c -> b"),
    ],
)
def test_what_goes_round_through_topics_is_refused(pipelines, loop):
    [(path, what, hint)] = wrong(joined(*pipelines))
    assert path.endswith("nodes::e::config::topic")
    assert (what, hint) == (f"what goes into this topic comes back to it: {loop}", "")


def test_topics_of_one_name_in_two_groups_make_no_loop():
    text = joined("a -> b", "b -> ").replace("  g:\n", "  g:\n    topics: {a: }\n")
    other = joined("b -> a").partition("groups:\n")[2].replace("  g:\n", "  h:\n")
    assert len(load(whole(text + other)).pipelines) == 3


def test_the_rules_of_every_topic_are_declared_to_the_service():
    class Hub:
        def __init__(self):
            self.declared = {}

        def declare(self, key, policies):
            self.declared[key] = policies

    rules = """\
{policies: {
  balanced: {queue_capacity: 1, on_full: drop_newest},
  broadcast: {queue_capacity: 2, on_lag: disconnect, ack_mode: all},
  ack_propagation: {mode: auto, max_in_flight: 3, timeout: 4s}}}"""
    hub = Hub()
    declare_topics(hub, load(whole(f"topics: {{raw: {rules}, plain: }}\n")))
    assert hub.declared == {
        "raw": TopicPolicies(
            queue_capacity=1,
            on_full=OnFull.DROP_NEWEST,
            broadcast_capacity=2,
            on_lag=OnLag.DISCONNECT,
            broadcast_ack=BroadcastAck.ALL,
            acknowledge=True,
            max_in_flight=3,
            timeout=4.0,
        ),
        "plain": TopicPolicies(),
    }
