"""Files, whole, and what is wrong with those that cannot be had."""

import pytest

from penstock_api import ConfigError, ProviderSettings, Retrieved
from penstock_provider_file import factory


@pytest.fixture
def provider():
    return factory.create(ProviderSettings(warn=print))


def test_a_file_is_its_text(provider, tmp_path):
    (tmp_path / "a.yaml").write_text("a: é\n")
    assert (factory.scheme, provider.retrieve(f"{tmp_path}/x/../a.yaml")) == ("file", Retrieved("a: é\n"))


def test_a_path_is_relative_to_the_working_directory(provider, tmp_path, monkeypatch):
    (tmp_path / "a.yaml").write_text("a")
    monkeypatch.chdir(tmp_path)
    assert provider.retrieve("a.yaml") == Retrieved("a")


def test_an_empty_file_is_null(provider, tmp_path):
    (tmp_path / "a.yaml").touch()
    assert provider.retrieve(f"{tmp_path}/a.yaml") == Retrieved(None)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("no/such", "^unable to read the file file:no/such: No such file or directory$"),
        (".", "^unable to read the file file:.: Is a directory$"),
        ("a\0b", "^unable to read the file file:a\0b: not a path$"),
        ("", "^unable to read the file file:"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_the_reason(provider, path, message):
    with pytest.raises(ConfigError, match=message):
        provider.retrieve(path)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xff", r"not UTF-8: file:.*a\.yaml\n  hint: save it as plain UTF-8"),
        (b"a\0", r"holds a NUL character: file:.*a\.yaml"),
        (b"a" * (8 * 1024 * 1024 + 1), r"larger than 8 MiB: file:.*a\.yaml"),
    ],
    ids=["latin-1", "NUL", "huge"],
)
def test_what_is_no_text_is_refused(provider, tmp_path, data, message):
    (tmp_path / "a.yaml").write_bytes(data)
    with pytest.raises(ConfigError, match=message):
        provider.retrieve(f"{tmp_path}/a.yaml")
