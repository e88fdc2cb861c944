"""How text is spelt in each language."""

import pytest

from penstock_builder.literals import FILTERS, Quoted, UnquotedError, quoted_only


@pytest.mark.parametrize(
    ("name", "text", "spelt"),
    [
        ("word", "pencol-1.0+x", "pencol-1.0+x"),
        ("repr", "it's", '"it\'s"'),
        ("json", 'a"\u00e9', '"a\\"\\u00e9"'),
        ("toml", "a\n\u00e9\u2028", '"a\\n\u00e9\\u2028"'),
        ("yaml", "\U000e0001", '"\\U000e0001"'),
        ("comment", "a\nb --> c", "a b - -> c"),
        ("markdown", "<b>|_*\n`x`", "&lt;b&gt;\\|\\_\\* \\`x\\`"),
        ("docker", 'a "$x"\n\\', '"a \\"\\$x\\" \\\\"'),
        ("systemd", "100% \\\n[Install]", "100%% / [Install]"),
        ("words", ["a", "b-c"], "a, b-c"),
        ("verbatim", "a b", "a b"),
    ],
)
def test_each_language_has_its_spelling(name: str, text, spelt: str) -> None:
    assert FILTERS[name](text) == spelt
    assert type(FILTERS[name](text)) is Quoted


@pytest.mark.parametrize("text", ["", "a b", "a\n", "-a", "a;b", "\u00e9", "a'"])
def test_a_word_is_a_word_in_every_language(text: str) -> None:
    with pytest.raises(UnquotedError, match="is not a word: "):
        FILTERS["word"](text)


def test_text_without_a_spelling_is_not_printed() -> None:
    with pytest.raises(UnquotedError, match="printed without a filter such as `repr`: 'x'"):
        quoted_only("x")
