"""The strict YAML reader: Go's scalars, positions, and nothing hostile gets through."""

import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock_api import ConfigError, Problem
from penstock_api.yaml import MAX_VALUES, Position, load, resolve


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("123", 123), ("0123", 83), ("0o17", 15), ("0xdeadbeef", 3735928559), ("-0b11", -3), ("1_000", 1000), ("+5", 5),
        ("08", 8.0), (".5", 0.5), ("1e3", 1000.0), ("5.", 5.0), ("-.inf", -math.inf),
        ("18446744073709551615", 18446744073709551615), ("18446744073709551616", 18446744073709551616.0),
        ("-9223372036854775808", -9223372036854775808), ("1e999", "1e999"), ("9" * 5000, "9" * 5000),
        ("true", True), ("FALSE", False), ("yes", "yes"), ("on", "on"), ("Off", "Off"), ("y", "y"), ("t", "t"),
        ("~", None), ("null", None), ("", None), ("2024-01-01", "2024-01-01"), ("2001-12-14T21:59:43Z",) * 2,
        ("12:30:45", "12:30:45"), ("-", "-"), (".", "."), ("0x", "0x"), ("=", "="),
    ],
)  # fmt: skip
def test_plain_scalars_mean_what_they_mean_in_go(text: str, value: object) -> None:
    assert resolve(text) == value
    assert type(resolve(text)) is type(value)


def test_not_a_number_is_a_number() -> None:
    assert math.isnan(resolve(".nan"))


def test_quotes_and_core_tags_decide_the_type() -> None:
    text = "a: '0123'\nb: !!str 0123\nc: !!int '5'\nd: !!float 1\ne: !!null ~\nf: ! 12\ng: !!bool true\nh: !!map {}"
    assert load(text, "f").value == {
        "a": "0123", "b": "0123", "c": 5, "d": 1.0, "e": None, "f": "12", "g": True, "h": {},
    }  # fmt: skip


def test_every_value_has_a_position() -> None:
    document = load(b"a: 1\nb:\n  - x\n  - {y: 2}\n", "f.yaml")
    assert document.positions["a",] == Position("f.yaml", 1, 1)
    assert document.positions["b", 1] == Position("f.yaml", 4, 5)
    assert document.where(("b", 1, "y")) == "f.yaml:4"
    assert document.where(("b", 1, "absent", "deep")) == "f.yaml:4"
    assert document.where(("nowhere",)) == "f.yaml:1"


def test_an_empty_text_is_none() -> None:
    assert load("# nothing\n", "f").value is None
    assert load("", "f").where(("a",)) == "f:1"


def test_aliases_and_merge_keys_unfold_and_own_keys_win() -> None:
    text = "base: &b {x: 1, y: 2}\nmore: &m {z: 3, x: 9}\nc: {<<: [*b, *m], y: 7}\nd: *b\n"
    assert load(text, "f").value["c"] == {"y": 7, "x": 1, "z": 3}
    assert load(text, "f").value["d"] == {"x": 1, "y": 2}


def test_keys_are_taken_as_written() -> None:
    assert load("200: a\ntrue: b\n0x1: c", "f").value == {"200": "a", "true": "b", "0x1": "c"}


def test_all_duplicate_keys_are_reported_with_both_lines() -> None:
    with pytest.raises(ConfigError) as caught:
        load("a: 1\nb: {c: 1,\n c: 2}\na: 2\n", "f.yaml")
    assert str(caught.value) == (
        "f.yaml:4: a: duplicate key, first on line 1\nf.yaml:3: b::c: duplicate key, first on line 2"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: !!python/object/apply:os.system [x]", r"f:1: a: YAML tags are refused\n  hint: remove the tag"),
        ("a: !!python/name:os.system x", "f:1: a: YAML tags are refused"),
        ("a: !mine {b: 1}", "f:1: a: YAML tags are refused"),
        ("a: !!binary aGk=", "f:1: a: YAML tags are refused"),
        ("a:\n  !!int x", "f:1: a: not a value of its tag|f:2: a: not a value of its tag: !!int"),
        ("~: 1", "f:1: a key must be text"),
        ("? [a]\n: 1", "f:1: a key must be text"),
        ("a: {<<: 1}", "f:1: a: `<<` takes a mapping or a list of mappings"),
        ("a: [\n", "f:2: not valid YAML: "),
        ("a:\n\t- b", r"f:2: not valid YAML: .*\n  hint: indent with spaces, not with tabs"),
        ("a: @b", r"f:1: not valid YAML: .*\n  hint: put the value in quotes: it starts with @"),
        ("a: 1\n---\nb: 2", r"f:2: a second document starts here\n  hint: keep one document per file"),
        ("a: &x [*x]", "f:1: alias refers to itself or to no anchor: x"),
        ("a: *y", "f:1: alias refers to itself or to no anchor: y"),
        ("a: 1\nb: \x01", "f:2: not valid YAML: control characters are not allowed"),
        (b"a: 1\nb: \x00", "f:2: holds a NUL character"),
        (b"\xef\xbb\xbfa: 1", "f:1: starts with a byte order mark"),
        (b"a: \xff", "f:1: not UTF-8"),
        ("a: \ud800", "f:1: not UTF-8"),
        ("[" * 100_000, "f:1: nested more than 100 levels deep"),
        ("- " * 100_000, "f:1: nested more than 100 levels deep"),
        (b"#" * (8 * 1024 * 1024 + 1), "f:1: larger than 8 MiB"),
    ],
)  # fmt: skip
def test_what_is_refused_says_where_and_why(text: str | bytes, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load(text, "f")


def _bomb(pattern: str) -> str:
    lines = ["a0: &a0 {x: 1}"]
    lines += [f"a{n + 1}: &a{n + 1} {pattern.format(','.join([f'*a{n}'] * 9))}" for n in range(30)]
    return "\n".join(lines)


def test_an_alias_bomb_is_refused_in_bounded_time() -> None:
    began = time.monotonic()
    with pytest.raises(ConfigError, match=rf"f:\d+: unfolds to more than {MAX_VALUES} values"):
        load(_bomb("[{}]"), "f")
    assert time.monotonic() - began < 20  # unfolded it would be 9 ** 30 values


def test_merge_keys_are_no_bomb() -> None:
    assert load(_bomb("{{<<: [{}]}}"), "f").value["a30"] == {"x": 1}


@settings(deadline=None)
@given(st.text() | st.binary())
def test_any_text_is_read_or_refused(text: str | bytes) -> None:
    problems: tuple[Problem, ...] = ()
    try:
        load(text, "f")
    except ConfigError as error:
        problems = error.problems
    assert all(problem.where.startswith("f:") for problem in problems)
