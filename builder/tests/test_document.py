"""YAML text to values with positions."""

import time
import tracemalloc
from pathlib import Path

import pytest

from penstock_builder.document import Unquoted, parse, read
from penstock_builder.errors import ManifestError


def message(text: str) -> str:
    with pytest.raises(ManifestError) as caught:
        parse(text, "m.yaml")
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_values_are_plain_and_every_key_has_a_position() -> None:
    document = parse("a:\n  - b: x\n    c: [1.10, true, null, 2020-01-01]\n", "m.yaml")
    assert document.value == {"a": ({"b": "x", "c": (Unquoted("1.10"), True, None, Unquoted("2020-01-01"))},)}
    assert document.values["a", 0, "b"] == (2, 8)
    assert document.keys["a", 0, "c"] == (3, 5)
    assert document.values["a", 0, "c", 0] == (3, 9)


def test_a_problem_points_to_the_nearest_parent_of_an_absent_key() -> None:
    document = parse("a:\n  b: 1\n", "m.yaml")
    assert str(document.problem(("a", "missing"), "is required")) == "m.yaml:1:1: a.missing: is required"
    assert str(document.problem(("z",), "is required")) == "m.yaml:1:1: z: is required"


def test_b_5_a_duplicate_key_names_both_lines() -> None:
    document = parse("a: 1\nb: 2\na: 3\n", "m.yaml")
    assert [str(one) for one in document.problems] == ["m.yaml:3:1: a: given twice, first on line 1"]


def test_a_key_that_is_no_text_is_refused() -> None:
    problems = parse("1: a\n[x]: b\n", "m.yaml").problems
    assert [str(one) for one in problems] == [
        "m.yaml:1:1: a key must be text: 1",
        "m.yaml:2:1: a key must be text: a list or a mapping",
    ]


def test_a_merge_key_is_refused() -> None:
    assert [one.what for one in parse("a: &a {x: y}\nb:\n  <<: *a\n", "m.yaml").problems] == [
        "a key must be text: <<"
    ]


def test_b_9_a_tag_is_refused_and_builds_nothing() -> None:
    problems = parse("a: !!python/object/apply:os.system ['true']\nb: !mine x\n", "m.yaml").problems
    assert [str(one) for one in problems] == [
        "m.yaml:1:4: a: YAML tags are refused: !!python/object/apply:os.system\n\nhint: remove the tag",
        "m.yaml:2:4: b: YAML tags are refused: !mine\n\nhint: remove the tag",
    ]


def test_b_7_a_plain_alias_is_allowed() -> None:
    assert parse("a: &a [x]\nb: *a\n", "m.yaml").value == {"a": ("x",), "b": ("x",)}


def test_an_anchor_may_be_set_again(recwarn) -> None:
    assert parse("a: &a x\nb: &a y\nc: *a\n", "m.yaml").value == {"a": "x", "b": "y", "c": "y"}
    assert not recwarn.list


def test_b_7_an_alias_bomb_is_refused_at_once() -> None:
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    started = time.process_time()
    assert "unfolds to more than 100000 values" in message("\n".join(lines))
    assert time.process_time() - started < 1


def test_b_7_an_alias_bomb_takes_little_memory() -> None:
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    tracemalloc.start()
    message("\n".join(lines))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100_000_000


def test_b_7_an_alias_to_its_own_parent_is_refused() -> None:
    assert message("a: &a [*a]\n") == "m.yaml:1:4: a[0]: contains itself through an alias"


@pytest.mark.parametrize("text", ["[" * 5000, "\n".join(" " * n + "a:" for n in range(900))])
def test_deep_nesting_is_one_error(text: str) -> None:
    assert message(text) == "m.yaml:1:1: is nested too deeply"


def test_a_syntax_error_has_its_position() -> None:
    assert message("a: [1\nb: 2\n").startswith("m.yaml:2:2: is not YAML: ")
    assert message("a:\n\t- b\n").startswith("m.yaml:2:1: is not YAML: found character '\\t'")


def test_two_documents_are_refused() -> None:
    assert message("a: 1\n---\nb: 2\n") == "m.yaml:2:1: is not YAML: but found another document"


@pytest.mark.parametrize("text", ["", "# nothing\n"])
def test_b_9_an_empty_file_is_one_error(text: str) -> None:
    assert message(text).startswith("m.yaml:1:1: is empty")


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\xff\xfea\x00", "starts with a byte order mark"),
        (b"\xef\xbb\xbfa: 1\n", "starts with a byte order mark"),
        (b"a: \xff\n", "is not UTF-8: byte 0xff at offset 3"),
        (b"a: \x00\n", "is not YAML: unacceptable character #x0000: special characters are not allowed"),
        (b"a" * (256 * 1024 + 1), "is larger than 256 KiB"),
    ],
)
def test_b_8_a_file_that_is_no_text_is_one_error(tmp_path: Path, data: bytes, what: str) -> None:
    file = tmp_path / "m.yaml"
    file.write_bytes(data)
    with pytest.raises(ManifestError) as caught:
        read(file)
    first, _, hint = str(caught.value).partition("\n\n")
    assert first == f"{file}:1:1: {what}"
    assert hint in {"", "hint: save it as plain UTF-8"}


def test_a_missing_file_says_why(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"m.yaml: cannot be read: No such file or directory"):
        read(tmp_path / "m.yaml")
