"""The shapes of names and addresses."""

import pytest

from penstock_builder import places, words
from penstock_builder.words import WordError


@pytest.mark.parametrize(
    ("accept", "text", "what"),
    [
        (places.archive_url, "https://example.org/a.exe", "must end with one of .whl, .tar.gz, .zip"),
        (places.archive_url, "https://example.org/a.whl#sha256=0", "must have no fragment"),
        (places.archive_url, "ftp://example.org/a.whl", "is not an address"),
        (places.archive_url, "https://u:p@example.org/a.whl", "must not hold credentials"),
        (places.git_url, "https://token@example.org/a.git", "must not hold credentials"),
        (places.git_url, "https://example.org/a.git#main", "must be the bare address of the repository"),
        (places.git_url, "git@example.org:a.git", "is not an address"),
        (places.git_url, "https://[::1/a.git", "is not an address"),
        (places.index_url, "https://u:p@example.org/simple", "must not hold credentials"),
        (places.web_url, "javascript:alert(1)", "is not an address"),
        (places.web_url, "https://example.org/a b", "is not an address"),
        (places.inner_path, "../up", "must lead to a folder inside"),
        (places.local_path, " ", "must not be empty"),
        (places.local_path, "a\0b", r"is not a path: 'a\x00b'"),
        (places.local_path, "a\nb", r"is not a path: 'a\nb'"),
        (places.local_path, "a" * 256, "is longer than a path can be: 'aaaa"),
        (places.local_path, "a/" * 2048, "is longer than a path can be: 'a/a/"),
        (places.inner_path, "/etc", "must lead to a folder inside"),
        (places.sha256, "ABC", "is not a sha256"),
        (words.attribute, "a.b", "is not a Python name"),
        (words.attribute, "class", "is not a Python name"),
        (words.day, "tomorrow", "is not a day"),
        (words.email, "me", "is not an e-mail address"),
        (words.exclude, "a>1", "must be a name, or a name and one version"),
        (words.gomod, "example.org/module", "must be a module and its version"),
        (words.index_name, "My Index", "is not a name for an index"),
        (words.license_expression, "GPL-42", "is not an SPDX licence expression"),
        (words.uri_scheme, "://", "is not a scheme"),
    ],
)
def test_a_wrong_word_says_what_it_is_not(accept, text, what) -> None:
    with pytest.raises(WordError) as caught:
        accept(text)
    assert caught.value.what.startswith(what)


@pytest.mark.parametrize(
    ("accept", "text", "result"),
    [
        (places.archive_url, "https://example.org/a-1-py3-none-any.whl", None),
        (places.git_url, "ssh://git@example.org/a.git", None),
        (places.git_url, "file:///srv/a.git", None),
        (places.index_url, "https://example.org/simple", None),
        (places.web_url, "https://example.org/", None),
        (places.inner_path, "a/b", None),
        (places.local_path, "../ä b/C:", None),
        (places.sha256, "0" * 64, None),
        (words.attribute, "factory", None),
        (words.day, "2027-01-31", None),
        (words.email, "me@example.org", None),
        (words.exclude, "a==1.0", None),
        (words.exclude, "a", None),
        (words.gomod, " example.org/module   v1.2.3 ", "example.org/module v1.2.3"),
        (words.index_name, "private", None),
        (words.license_expression, "apache-2.0 or mit", "Apache-2.0 OR MIT"),
        (words.uri_scheme, "env", None),
    ],
)
def test_a_right_word_is_accepted(accept, text, result) -> None:
    assert accept(text) == (result or text)


def test_a_commit_is_a_full_id() -> None:
    assert places.is_commit("0123456789abcdef0123456789abcdef01234567")
    assert not places.is_commit("main")
    assert not places.is_commit("0123456")
