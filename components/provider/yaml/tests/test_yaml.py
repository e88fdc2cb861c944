"""The text after the colon is the configuration."""

from penstock_api import ProviderSettings, Retrieved
from penstock_provider_yaml import factory


def test_the_text_is_given_back():
    provider = factory.create(ProviderSettings(warn=print))
    assert (factory.scheme, provider.retrieve("a::b: 1")) == ("yaml", Retrieved("a::b: 1"))


def test_nothing_is_null():
    assert factory.create(ProviderSettings(warn=print)).retrieve("") == Retrieved(None)
