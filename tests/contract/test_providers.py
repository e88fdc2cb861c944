"""Providers are no part of a pipeline; they have a contract of their own."""

import re
from pathlib import Path

import pytest

from penstock_api import ConfigError, Kind, ProviderSettings, Retrieved
from penstock_testkit.contract import subjects
from penstock_testkit.projects import find_root

PROVIDERS = [one for one in subjects(find_root(Path(__file__))) if one.project.kind is Kind.PROVIDER]
NONSENSE = [
    "",
    " ",
    "/",
    "//",
    "//127.0.0.1:1/nothing",
    "no/such/file",
    "a\x00b",
    "[",
    "${x}",
    "x" * 5000,
    "é:ü",
]

every = pytest.mark.parametrize("subject", PROVIDERS, ids=str)


@every
def test_the_scheme_can_be_written_in_a_file(subject):
    assert re.fullmatch(r"[a-zA-Z][a-zA-Z0-9+.-]+", subject.factory.scheme)


@every
@pytest.mark.parametrize("opaque", NONSENSE, ids=repr)
def test_nonsense_is_an_answer_or_a_config_error(subject, opaque):
    provider = subject.factory.create(ProviderSettings(warn=lambda _message: None))
    try:
        answer = provider.retrieve(opaque)
    except ConfigError as error:
        answer = error
    assert isinstance(answer, Retrieved) or str(answer)
