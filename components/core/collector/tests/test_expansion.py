"""`${...}`: what it finds, what types it gives, and that it always ends."""

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from penstock_api import ConfigError, ProviderFactory, Retrieved
from penstock_api.yaml import Document, Position
from penstock_collector.confmap import Sources, resolve
from penstock_collector.confmap.expand import expand
from penstock_collector.confmap.providers import Providers
from penstock_collector.confmap.references import find_reference, unescape

from .written import COMPONENTS, SERVICE, demo, load, registered


@pytest.fixture(autouse=True)
def env(monkeypatch):
    for name in ("A", "B", "X", "T", "U", "DIR", "FOO"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


ERROR = object()


@pytest.mark.parametrize(
    ("text", "number", "flag", "whole", "embedded"),
    [
        ("123", 123, ERROR, "123", "inline-123"),
        ("0123", 83, ERROR, "0123", "inline-0123"),
        ("0xdeadbeef", 3735928559, ERROR, "0xdeadbeef", "inline-0xdeadbeef"),
        ('"0123"', ERROR, ERROR, '"0123"', 'inline-"0123"'),
        ("!!str 0123", ERROR, ERROR, "!!str 0123", "inline-!!str 0123"),
        ("t", ERROR, ERROR, "t", "inline-t"),
        ("23", 23, ERROR, "23", "inline-23"),
        (None, 0, False, "", "inline-"),
        ("", 0, False, "", "inline-"),
        ("[a, b]", ERROR, ERROR, "[a, b]", "inline-[a, b]"),
        ('["a",', ERROR, ERROR, '["a",', 'inline-["a",'),
        ("true # note ${env:hello.world}", ERROR, True, ERROR, ERROR),
        ("true", ERROR, True, "true", "inline-true"),
        ("yes", ERROR, ERROR, "yes", "inline-yes"),
        ("2024-01-01", ERROR, ERROR, "2024-01-01", "inline-2024-01-01"),
    ],
)
def test_c_1_a_value_fits_the_option_that_it_stands_for(env, text, number, flag, whole, embedded):
    if text is not None:
        env.setenv("X", text)
    for key, body, expected in (
        ("number", '"${env:X}"', number),
        ("flag", '"${env:X}"', flag),
        ("text", '"${env:X}"', whole),
        ("text", '"inline-${env:X}"', embedded),
    ):
        if expected is ERROR:
            with pytest.raises(ConfigError, match=f"receivers::demo::{key}: "):
                demo(f"{{{key}: {body}}}")
        else:
            assert getattr(demo(f"{{{key}: {body}}}"), key) == expected


@pytest.mark.parametrize(
    ("written", "result"),
    [
        ("$$", "$"), ("$$$$", "$$"), ("a$$b", "a$b"), ("$${X}", "${X}"), ("$$${X}", "$value"), ("$$$${X}", "$${X}"),
        ("$${A}${env:X}", "${A}${env:X}"), ("${env:X}$${A}", "value${A}"), ("$", "$"), ("${X", "${X"), ("X}", "X}"),
        ("${env:U:-$${env:U}}", "${env:U:-${env:U}}"), ("}${X}", "}value"), ("${X}${X}", "valuevalue"),
    ],
)  # fmt: skip
def test_c_2_dollars_are_escaped_by_dollars(env, written, result):
    env.setenv("X", "value")
    assert demo(f"{{text: '{written}'}}").text == result


def test_c_2_dollars_in_a_value_are_unescaped_too(env):
    env.setenv("X", "a$$b")
    assert demo('{text: "${X}"}').text == "a$b"
    assert demo('{token: "${X}"}').token.reveal() == "a$b"


def test_c_3_a_bare_dollar_name_is_untouched(env):
    env.setenv("X", "value")
    assert demo("{text: $X}").text == "$X"


def test_c_4_env_is_the_default_scheme(env):
    env.setenv("X", "12")
    assert demo('{number: "${X}"}') == demo('{number: "${env:X}"}')
    assert demo('{number: "${X}"}').number == 12


def test_c_5_a_default_stands_in_for_an_unset_variable_only(env):
    assert demo('{number: "${env:X:-7}"}').number == 7
    assert demo('{maybe: "${env:X:-}"}').maybe == ""
    env.setenv("X", "")
    assert demo('{number: "${env:X:-7}"}').number == 0
    assert demo('{maybe: "${env:X:-7}"}').maybe is None


def test_c_6_an_unset_variable_is_null_and_zeroes_the_option_with_a_warning():
    loaded = load('receivers: {demo: {number: "${env:X}", timeout: "${X}"}}\nexporters: {sink: }\n' + SERVICE)
    assert (loaded.demo().number, loaded.demo().timeout) == (0, 0)
    assert loaded.warnings == ["environment variable is not set, it counts as null: X"]


def test_c_7_references_nest_innermost_first(env, tmp_path):
    env.setenv("A", "B")
    env.setenv("B", "42")
    env.setenv("DIR", str(tmp_path))
    (tmp_path / "f.yaml").write_text("number: ${env:${A}}\n")
    assert demo('{number: "${env:${A}}"}').number == 42
    assert demo('"${file:${env:DIR}/f.yaml}"').number == 42


def test_a_value_that_holds_a_reference_is_expanded_again(env):
    env.setenv("A", "${env:B}")
    env.setenv("B", "0123")
    assert demo('{number: "${A}"}').number == 83
    assert demo('{text: "${A}"}').text == "0123"
    assert demo('{text: "-${A}"}').text == "-0123"


def test_text_with_references_inside_fits_a_string_expanded(env):
    env.setenv("A", '{"user": "${env:B}"}')
    env.setenv("B", "me")
    assert demo('{text: "${A}"}').text == '{"user": "me"}'


@pytest.mark.parametrize(
    "value", ["${env:A}", "${env:A}${env:A}", "x${env:A}", "- ${env:A}\n- ${env:A}", "{x: [${env:B}]}"]
)
def test_c_8_what_refers_to_itself_stops_with_an_error(env, value):
    env.setenv("A", value)
    env.setenv("B", "- '${env:A}'\n- '${env:A}'")
    began = time.monotonic()
    with pytest.raises(ConfigError, match=r"^yaml:1: receivers::demo::text: too many recursive expansions"):
        demo('{text: "${env:A}"}')
    assert time.monotonic() - began < 20


def test_c_8_a_file_that_includes_itself_stops_with_an_error(env, tmp_path):
    path = tmp_path / "f.yaml"
    path.write_text(f"a: ${{file:{path}}}\nb: ${{file:{path}}}\n")
    with pytest.raises(ConfigError, match="too many recursive expansions"):
        demo(f'"${{file:{path}}}"')


def test_c_9_a_map_or_list_fits_as_whole_value_and_embeds_as_text(env, tmp_path):
    (tmp_path / "f.yaml").write_text("{size: 3}")
    (tmp_path / "l.yaml").write_text("[a, b]")
    assert demo(f'{{inner: "${{file:{tmp_path}/f.yaml}}"}}').inner.size == 3
    assert demo(f'{{tags: "${{file:{tmp_path}/l.yaml}}"}}').tags == ("a", "b")
    assert demo(f'{{text: "${{file:{tmp_path}/f.yaml}} x"}}').text == "{size: 3} x"


def test_a_whole_section_may_come_from_a_file_and_its_errors_name_that_file(tmp_path):
    (tmp_path / "r.yaml").write_text("demo:\n  number: 7\n  nmuber: 8\n")
    with pytest.raises(ConfigError, match=r"r\.yaml:3: receivers::demo::nmuber: unknown key"):
        load(f"receivers: ${{file:{tmp_path}/r.yaml}}\nexporters: {{sink: }}\n" + SERVICE)


def test_c_10_an_unknown_scheme_is_named_with_its_uri():
    message = r'^yaml:1: receivers::demo::text: scheme "uu" is not supported for uri "uu:V"$'
    with pytest.raises(ConfigError, match=message):
        demo('{text: "a ${uu:V}"}')


@pytest.mark.parametrize("reference", ["${u:V}", "${1:x}", "${:x}", "${ env:X}"])
def test_c_10_what_is_no_uri_is_refused(reference):
    with pytest.raises(ConfigError, match="receivers::demo::text: invalid uri: "):
        demo(f'{{text: "{reference}"}}')


@pytest.mark.parametrize("name", ["1X", "a.b", "a-b", "a b", "é"])
def test_c_11_an_invalid_variable_name_fails_with_the_regex(name):
    with pytest.raises(
        ConfigError, match=r"has invalid name: must match regex \^\[a-zA-Z_\]\[a-zA-Z0-9_\]\*\$"
    ):
        demo(f'{{text: "${{env:{name}}}"}}')


def test_a_dollar_inside_a_reference_is_refused():
    with pytest.raises(ConfigError, match=r"the uri \"env:\$X\" contains unsupported characters \('\$'\)"):
        demo('{text: "${env:$X}"}')


def test_every_reference_that_fails_is_reported():
    with pytest.raises(ConfigError) as caught:
        demo('{text: "${env:1}", maybe: "${env:2}"}')
    assert len(caught.value.problems) == 2


def test_an_error_within_a_value_does_not_show_the_value(env):
    env.setenv("X", "pass${word}${env:se-cret}")
    with pytest.raises(
        ConfigError, match=r"the value of \$\{env:X\} holds a reference that cannot be expanded"
    ) as caught:
        demo('{token: "${env:X}"}')
    assert "cret" not in str(caught.value)
    assert "hint: write `$$` where the value means a `$`" in str(caught.value)


def test_keys_are_not_expanded():
    with pytest.raises(ConfigError, match=r"receivers::demo::\$\{X\}: unknown key"):
        demo('{"${X}": 1}')


def test_a_name_without_scheme_is_no_reference_when_there_is_no_default_scheme():
    assert find_reference("${X}${env:Y}", bare=False) == "${env:Y}"
    assert find_reference("${X}${env:Y}", bare=True) == "${X}"


PIECES = st.sampled_from(
    ["${", "}", "$", "{", ":", "env", "file", "X", "A", ":-", "/", "[", "'", "\n", "- ", "\0", "é"]
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(PIECES | st.text(max_size=3), max_size=30).map("".join),
    st.lists(PIECES, max_size=12).map("".join),
)
@example("${A}", "${A}")
@example("${A}", "${A}${A}")
@example("${A}", "[${A}]")
def test_c_87_any_reference_expands_or_fails_with_a_message(written, value):
    class Fake:
        def __init__(self, _settings):
            pass

        def retrieve(self, _opaque, /):
            return Retrieved(value)

    providers = Providers([registered(ProviderFactory(kind="env", create=Fake))], lambda _message: None)
    message = ""
    try:
        expand(Document({"key": written}, {("key",): Position("f", 1, 1)}), providers, "env")
    except ConfigError as error:
        message = str(error)
    assert not message or message.startswith("f:1: key")


def test_unescaping_is_done_once():
    assert unescape("$$$$$") == "$$$"


@pytest.mark.parametrize(("scheme", "value"), [("env", "from-env"), ("yaml", "A")])
def test_a_distribution_chooses_the_provider_of_a_reference_without_a_scheme(env, scheme, value):
    env.setenv("A", "from-env")
    text = f"receivers: {{demo: {{text: '${{A}}'}} }}\nexporters: {{sink: }}\n{SERVICE}"
    sources = Sources((f"yaml:{text}",), default_scheme=scheme)
    assert resolve(sources, COMPONENTS.providers, warn=print).value["receivers"]["demo"]["text"] == value
