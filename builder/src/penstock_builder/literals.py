"""How a text of the user is spelt in each language that is rendered.

A template can print nothing else than the result of one of these: `quoted_only` refuses the rest. So text of
a manifest reaches code as a literal, or not at all.
"""

import html
import json
import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

__all__ = ("FILTERS", "Quoted", "UnquotedError", "quoted_only")

_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/+!-]*\Z")


class Quoted(str):
    """Text that is safe at the place it was made for."""

    __slots__ = ()


class UnquotedError(ValueError):
    """A template prints a text without saying what it is there."""


def quoted_only(value: object) -> Quoted:
    """Let a `Quoted` pass; jinja2 calls it for every expression that a template prints."""
    if isinstance(value, Quoted):
        return value
    raise UnquotedError(f"printed without a filter such as `repr`: {value!r}")


def _word(value: object) -> Quoted:
    """A name, a version: means the same in every language. Anything else is refused."""
    text = str(value)
    if not _WORD.match(text):
        raise UnquotedError(f"is not a word: {text!r}")
    return Quoted(text)


def _python(value: object) -> Quoted:
    return Quoted(repr(value))


def _json(value: object) -> Quoted:
    return Quoted(json.dumps(str(value)))


def _basic(value: object) -> Quoted:
    """A double-quoted string of TOML and YAML; invisible characters are escaped, some end a line in YAML."""
    text = json.dumps(str(value), ensure_ascii=False)
    return Quoted("".join(char if char.isprintable() else _escape(char) for char in text))


def _toml(value: object) -> Quoted:
    """A value of TOML on one line: a text, true or false, a list, or a table of these."""
    if isinstance(value, bool):
        return Quoted(str(value).lower())
    if isinstance(value, Mapping):
        return Quoted("{" + ", ".join(f"{_basic(key)} = {_toml(one)}" for key, one in value.items()) + "}")
    if isinstance(value, tuple):
        return Quoted("[" + ", ".join(map(_toml, value)) + "]")
    return _basic(value)


def _escape(char: str) -> str:
    code = ord(char)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _line(value: object) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in str(value)).split())


def _comment(value: object) -> Quoted:
    """One line behind a `#`, or between the marks of an HTML comment."""
    return Quoted(_line(value).replace("-->", "- ->"))


def _markdown(value: object) -> Quoted:
    return Quoted(re.sub(r"([\\`*_\[\]|#])", r"\\\1", html.escape(_line(value), quote=False)))


def _docker(value: object) -> Quoted:
    return Quoted('"' + re.sub(r'(["\\$])', r"\\\1", _line(value)) + '"')


def _systemd(value: object) -> Quoted:
    """One line of a unit file, in which `%` is special and a backslash at the end continues the line."""
    return Quoted(_line(value).replace("\\", "/").replace("%", "%%"))


def _verbatim(value: object) -> Quoted:
    """A text that another stage has made whole, such as the lock."""
    return Quoted(value)


def _words(values: Iterable[object]) -> Quoted:
    """Names, as a list of YAML or Python has them between its brackets."""
    return Quoted(", ".join(_word(value) for value in values))


FILTERS: Mapping[str, Callable[..., Quoted]] = MappingProxyType(
    {
        "comment": _comment,
        "docker": _docker,
        "json": _json,
        "markdown": _markdown,
        "repr": _python,
        "systemd": _systemd,
        "toml": _toml,
        "verbatim": _verbatim,
        "word": _word,
        "words": _words,
        "yaml": _basic,
    }
)
