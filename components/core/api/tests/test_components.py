"""A component of a distribution is imported when it is asked for, and a broken one concerns only its users."""

import sys

import pytest

from penstock_api import ConfigError, Registered


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Write `name`.py where it is importable."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(name, text):
        monkeypatch.delitem(sys.modules, name, raising=False)
        (tmp_path / f"{name}.py").write_text(text)

    yield write
    for path in tmp_path.glob("*.py"):
        sys.modules.pop(path.stem, None)


def one(target):
    return Registered(name="thin", target=target, project="penstock-processor-thin", version="1.2")


def test_the_factory_is_imported_when_it_is_asked_for(module):
    module("thin_a", "factory = 'made'")
    found = one("thin_a:factory")
    assert (found.name, "thin_a" in sys.modules) == ("thin", False)
    assert (found.factory, found.aliases, "thin_a" in sys.modules) == ("made", (), True)


def test_a_factory_that_is_given_tells_its_name():
    class Factory:
        kind = "thin"
        aliases = ("slim",)

    given = Registered(factory=Factory(), project="p", version="1")
    assert (given.name, given.aliases) == ("thin", ("slim",))


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("import gone_library", "ModuleNotFoundError: No module named 'gone_library'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("", "AttributeError: module 'thin_b' has no attribute 'factory'"),
    ],
)
def test_a_broken_one_is_named_with_the_cause(module, text, cause):
    module("thin_b", text)
    found = one("thin_b:factory")
    with pytest.raises(
        ConfigError, match=r"^thin cannot be loaded from penstock-processor-thin 1\.2: "
    ) as error:
        found.factory  # noqa: B018
    assert str(error.value).endswith(cause)
    assert found.aliases == ()
