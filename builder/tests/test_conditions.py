"""Conditions of components: what they may ask, and what the rendered code makes of them."""

from types import SimpleNamespace

import pytest
from packaging.markers import Marker

from penstock_builder.conditions import condition, either, marker, narrowed
from penstock_builder.words import WordError

MACHINES = [
    {"sys_platform": "linux", "platform_machine": "x86_64", "os_name": "posix", "python": (3, 11, 9)},
    {"sys_platform": "linux", "platform_machine": "aarch64", "os_name": "posix", "python": (3, 12, 0)},
    {"sys_platform": "darwin", "platform_machine": "arm64", "os_name": "posix", "python": (3, 13, 1)},
    {"sys_platform": "win32", "platform_machine": "AMD64", "os_name": "nt", "python": (3, 12, 10)},
]
SYSTEMS = {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}


def asked(expression: str, machine: dict) -> bool:
    """Evaluate it as the rendered module would, on that machine."""
    names = {
        "sys": SimpleNamespace(
            platform=machine["sys_platform"],
            version_info=machine["python"],
            implementation=SimpleNamespace(name="cpython"),
        ),
        "os": SimpleNamespace(name=machine["os_name"]),
        "platform": SimpleNamespace(
            machine=lambda: machine["platform_machine"],
            system=lambda: SYSTEMS[machine["sys_platform"]],
            python_implementation=lambda: "CPython",
        ),
    }
    return bool(eval(expression, {"__builtins__": {}, **names}))


def evaluated(text: str, machine: dict) -> bool:
    """What installers make of it."""
    numbers = machine["python"]
    environment = {
        **{key: machine[key] for key in ("sys_platform", "platform_machine", "os_name")},
        "platform_system": SYSTEMS[machine["sys_platform"]],
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
        "python_version": ".".join(map(str, numbers[:2])),
        "python_full_version": ".".join(map(str, numbers)),
    }
    return Marker(text).evaluate(environment)


@pytest.mark.parametrize("machine", MACHINES, ids=str)
@pytest.mark.parametrize(
    "text",
    [
        "sys_platform == 'linux'",
        "sys_platform != 'win32' and platform_machine in 'x86_64 arm64'",
        "'win' in sys_platform",
        "platform_machine not in 'x86_64 aarch64' or python_version >= '3.13'",
        "python_version < '3.12'",
        "python_version == '3.12'",
        "python_version == '3.12.*'",
        "python_version != '3.12.*'",
        "python_version > '3.11.5'",
        "python_full_version >= '3.12.1'",
        "python_full_version <= '3.12'",
        "python_version >= '3'",
        "(os_name == 'nt' or platform_system == 'Darwin') and implementation_name == 'cpython'",
        "platform_python_implementation == 'CPython'",
    ],
)
def test_the_collector_and_an_installer_agree(text, machine) -> None:
    assert asked(condition(text).expression, machine) == evaluated(text, machine)


def test_a_condition_imports_what_it_asks() -> None:
    found = condition("sys_platform=='linux' and platform_machine == 'x86_64'")
    assert (found.marker, found.imports) == (
        'sys_platform == "linux" and platform_machine == "x86_64"',
        ("platform", "sys"),
    )


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("linux", "is not a condition: 'linux'"),
        ("extra == 'fast'", 'cannot be told when the collector starts: extra == "fast"'),
        ("platform_release >= '5'", 'cannot be told when the collector starts: platform_release >= "5"'),
        ("sys_platform == '__import__(1)'", "cannot be told when the collector starts: "),
        ("os_name == 'a\"b'", "is not a condition that can be used here: "),
        ("os_name > 'a'", 'compares texts with >: os_name > "a"'),
        ("python_version in '3.11 3.12'", "is no version that can be compared: python_version in "),
        ("python_version ~= '3.11'", 'is no version that can be compared: python_version ~= "3.11"'),
        ("python_version < '3.13rc1'", 'is no version that can be compared: python_version < "3.13rc1"'),
    ],
)
def test_what_cannot_be_asked_is_refused(text, what) -> None:
    with pytest.raises(WordError) as caught:
        marker(text)
    assert caught.value.what.startswith(what)


def test_what_can_be_asked_is_told() -> None:
    with pytest.raises(WordError) as caught:
        marker("extra == 'fast'")
    assert caught.value.hint.startswith("a variable on the left may be implementation_name, os_name, ")


def test_conditions_are_joined() -> None:
    assert either(["a", "a"]) == "a"
    assert either(["b", "a"]) == "(a) or (b)"
    assert either(["a", ""]) == ""
    assert narrowed("a or b", "c") == "(a or b) and (c)"
    assert (narrowed("", "c"), narrowed("a", ""), narrowed("", "")) == ("c", "a", "")
