"""Whatever a file holds, reading it ends well or with a report."""

import contextlib
import copy

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penstock_api import ConfigError, yaml
from penstock_dataflow import load, mermaid, shown, validate

from .fakes import World
from .texts import EVERYTHING

COMPONENTS = World().everything()
ENVIRON = {"T": "t", "N": "5"}
WORDS = st.sampled_from(
    ["default", "g", "p", "r", "e", "quota", "raw", "receiver:topic", "exporter:topic", "${env:N}", "$", ""]
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    WORDS,
    st.sampled_from([10**30, "\0"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3) | WORDS, inner, max_size=3)
    ),
    max_leaves=5,
)

often = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def paths(value, path=()):
    yield path
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, one in entries:
        yield from paths(one, (*path, key))


def read_all(source):
    """Everything that can be done with a configuration, short of running it."""
    with contextlib.suppress(ConfigError):
        mermaid(load(source, environ=ENVIRON))
    with contextlib.suppress(ConfigError):
        config = validate(source, COMPONENTS, environ=ENVIRON)
        shown(config, COMPONENTS)


@given(data=st.data())
@often
def test_a_file_of_which_parts_are_replaced_is_read_or_reported(data):
    value = copy.deepcopy(yaml.load(EVERYTHING, "inline").value)
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(sorted(paths(value), key=str)))
        if not path:
            value = data.draw(VALUES)
            break
        found = value
        for key in path[:-1]:
            found = found[key]
        change = data.draw(st.sampled_from(["replace", "remove", "move"]))
        if change == "replace":
            found[path[-1]] = data.draw(VALUES)
        elif change == "remove":
            del found[path[-1]]
        elif isinstance(found, dict):
            found[data.draw(WORDS)] = found.pop(path[-1])
    if isinstance(value, dict):
        read_all(value)


@given(data=st.data())
@often
def test_a_text_of_which_characters_are_replaced_is_read_or_reported(data):
    text = EVERYTHING
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        cut = data.draw(st.integers(0, 20))
        text = (
            text[:at]
            + data.draw(st.text(alphabet="{}[]:,-\"'&*!|> \n\t$a0é\0", max_size=4))
            + text[at + cut :]
        )
    read_all(text)
