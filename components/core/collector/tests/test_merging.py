"""Several sources become one configuration, and every value remembers where it stood."""

import pytest

from penstock_api import ConfigError
from penstock_api.yaml import load as read
from penstock_collector.confmap.keys import split_keys
from penstock_collector.confmap.location import Location, parse_location
from penstock_collector.confmap.merge import append_lists, merge
from penstock_collector.confmap.overrides import override

from .written import GOOD, load


def merged(base, over):
    return merge(read(base, "base"), read(over, "over"))


@pytest.mark.parametrize(
    ("base", "over", "result"),
    [
        ("a: {b: 1, c: 2}", "a: {c: 3, d: 4}", {"a": {"b": 1, "c": 3, "d": 4}}),
        ("a: [1, 2]", "a: [3]", {"a": [3]}),
        ("a: [1]", "a: []", {"a": []}),
        ("a: {b: 1}", "a:", {"a": None}),
        ("a: {b: 1}", "a: {}", {"a": {"b": 1}}),
        ("a: 1", "a: {b: 1}", {"a": {"b": 1}}),
        ("a: {b: 1}", "a: x", {"a": "x"}),
        ("a: 1", "b: 2", {"a": 1, "b": 2}),
    ],
)
def test_c_12_maps_merge_lists_replace_null_wipes_and_an_empty_map_keeps(base, over, result):
    assert merged(base, over).value == result


def test_c_12_a_wiped_section_counts_as_absent():
    with pytest.raises(
        ConfigError, match='service::pipelines::traces: references receiver "demo" which is not'
    ):
        load(GOOD, "receivers:\n")


def test_positions_follow_what_is_kept_and_what_is_replaced():
    document = merged("a:\n  b: 1\n  c: 2\nl: [1]\n", "\n\na:\n  c: 3\n  d: 4\nl: [2]\n")
    paths = [("a",), ("a", "b"), ("a", "c"), ("a", "d"), ("l", 0)]
    assert [document.where(path) for path in paths] == ["base:1", "base:2", "over:4", "over:5", "over:6"]


def test_gate_merge_append_joins_the_lists_of_service_without_duplicates():
    base = read(
        "service: {extensions: [a], pipelines: {t: {receivers: [r], processors: [p], exporters: [e]}}}", "f"
    )
    over = read("service: {extensions: [a, b], pipelines: {t: {receivers: [s], processors: [q]}}}", "g")
    assert merge(base, over, append_lists).value["service"] == {
        "extensions": ["a", "b"],
        "pipelines": {"t": {"receivers": ["r", "s"], "processors": ["q"], "exporters": ["e"]}},
    }


def test_gate_merge_append_is_off_unless_switched_on():
    over = "service: {pipelines: {traces: {receivers: [another]}}}\nreceivers: {another: }"
    names = {
        gates: [
            str(one)
            for pipeline in load(GOOD, over, gates=gates).config.service.pipelines.values()
            for one in pipeline.receivers
        ]
        for gates in ((), ("confmap.enableMergeAppendOption",))
    }
    assert list(names.values()) == [["another"], ["demo", "another"]]


def test_c_13_set_wins_over_every_config():
    assert load(GOOD, "receivers: {demo: {number: 1}}", sets=("receivers.demo.number=2",)).demo().number == 2


def test_c_13_set_takes_yaml_values_and_trims_both_sides():
    loaded = load(
        GOOD,
        sets=(" receivers.demo.tags = [x, y] ", "receivers.demo.inner= {size: 4}", "receivers.demo.text=a=b"),
    )
    assert (loaded.demo().tags, loaded.demo().inner.size, loaded.demo().text) == (("x", "y"), 4, "a=b")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a.b", "^--set: missing equal sign: a.b\n  hint: write --set key.inner=value$"),
        ("=1", "^--set: missing key before the equal sign$"),
        ("a.b=[", "^--set a.b: not valid YAML: "),
    ],
)
def test_c_14_a_wrong_set_says_what_is_wrong(text, message):
    with pytest.raises(ConfigError, match=message):
        override(text)


def test_a_mistake_in_set_names_the_argument():
    with pytest.raises(
        ConfigError, match=r"^--set receivers\.demo\.nmuber: receivers::demo::nmuber: unknown key"
    ):
        load(GOOD, sets=("receivers.demo.nmuber=2",))


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("a::b::c: 1", {"a": {"b": {"c": 1}}}),
        ("a::b: 1\na: {c: 2}", {"a": {"b": 1, "c": 2}}),
        ("a: {c: 2}\na::b: 1", {"a": {"c": 2, "b": 1}}),
        ("a: [{b::c: 1}]", {"a": [{"b": {"c": 1}}]}),
        ("a::b: {c::d: 1}\na::b::c::e: 2", {"a": {"b": {"c": {"d": 1, "e": 2}}}}),
    ],
)  # fmt: skip
def test_keys_with_colons_nest(text, result):
    assert split_keys(read(text, "f")).value == result


def test_nested_keys_keep_their_positions():
    document = split_keys(read("a:\n  x: 1\na::b::c: 2\n", "f"))
    assert [document.where(path) for path in [("a",), ("a", "b"), ("a", "b", "c"), ("a", "x")]] == [
        "f:1",
        "f:3",
        "f:3",
        "f:2",
    ]


@pytest.mark.parametrize("text", ["a::b: 1\na: {b: 2}", "a: 1\na::b: 2", "a: {b::c: 1, b: {c: 2}}"])
def test_two_keys_in_one_place_are_refused(text):
    with pytest.raises(ConfigError, match=r"f:\d: a.*: duplicate key, also written in another way"):
        split_keys(read(text, "f"))


@pytest.mark.parametrize(
    ("text", "location"),
    [
        ("config.yaml", Location("file", "config.yaml")),
        ("file:/etc/c.yaml", Location("file", "/etc/c.yaml")),
        (r"C:\c.yaml", Location("file", r"C:\c.yaml")),
        ("yaml:a::b: 1\n", Location("yaml", "a::b: 1\n")),
        ("https://host/x", Location("https", "//host/x")),
    ],
)
def test_a_location_without_scheme_is_a_path(text, location):
    assert parse_location(text) == location


def test_what_is_no_location_is_refused():
    with pytest.raises(ConfigError, match='invalid uri: "1:x"'):
        parse_location("1:x")


def test_labels_show_no_password_no_default_and_no_literal_yaml():
    locations = ["https://me:secret@host/x", "env:X:-secret", "yaml:a: secret", "file:a.yaml"]
    assert [parse_location(one).label for one in locations] == ["https://host/x", "env:X", "yaml", "a.yaml"]
