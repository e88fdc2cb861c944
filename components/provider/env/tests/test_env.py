"""What stands in for a variable that is not there, and which names there are."""

import pytest

from penstock_api import ConfigError, ProviderSettings, Retrieved
from penstock_provider_env import factory
from penstock_provider_env.factory import EnvProvider


def retrieve(opaque, **environment):
    warnings = []
    provider = EnvProvider(ProviderSettings(warn=warnings.append), environment)
    return provider.retrieve(opaque), warnings


def test_a_set_variable_is_its_text():
    assert retrieve("X", X="0123") == (Retrieved("0123"), [])
    assert retrieve("X:-other", X="0123") == (Retrieved("0123"), [])


def test_an_unset_variable_is_its_default():
    assert retrieve("X:-a:-b") == (Retrieved("a:-b"), [])
    assert retrieve("X:-") == (Retrieved(""), [])


def test_a_variable_set_to_nothing_is_null_even_with_a_default():
    assert retrieve("X:-other", X="") == (Retrieved(None), [])


def test_an_unset_variable_without_default_is_null_with_a_warning_that_names_it():
    assert retrieve("X") == (Retrieved(None), ["environment variable is not set, it counts as null: X"])


@pytest.mark.parametrize("name", ["", "1X", "a.b", "a-b", "a b", "é", "X\n"])
def test_a_name_that_no_variable_can_have_is_refused_with_the_regex(name):
    with pytest.raises(
        ConfigError, match=r"has invalid name: must match regex \^\[a-zA-Z_\]\[a-zA-Z0-9_\]\*\$"
    ):
        retrieve(name)


def test_a_value_that_is_no_text_is_refused():
    with pytest.raises(ConfigError, match="environment variable is not UTF-8: X"):
        retrieve("X", X="\udcff")


def test_the_environment_of_the_process_is_read(monkeypatch):
    monkeypatch.setenv("PENSTOCK_TEST", "here")
    provider = factory.create(ProviderSettings(warn=print))
    assert (factory.scheme, provider.retrieve("PENSTOCK_TEST")) == ("env", Retrieved("here"))
