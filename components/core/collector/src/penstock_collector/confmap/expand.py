"""Replaces `${...}` in a merged configuration by what it refers to, in bounded time."""

from dataclasses import replace
from typing import Any, Final  # Any: whatever the user's files hold

from penstock_api import ConfigError, Expanded, Problem
from penstock_api.yaml import Document, Path, Position
from penstock_collector.confmap.location import Location, parse_reference
from penstock_collector.confmap.providers import Found, Providers
from penstock_collector.confmap.references import find_reference, unescape

__all__ = ("expand",)

_ROUNDS: Final = 1000  # of one string
_WORK: Final = 1_000_000  # values and references of the whole configuration
_TEXT: Final = 4 * 1024 * 1024  # characters of one string
_DEPTH: Final = 120  # levels of nesting, those of expanded files included


def expand(document: Document, providers: Providers, default_scheme: str) -> Document:
    """`document` with every reference replaced. Keys are not expanded.

    Raises `ConfigError` with every reference that cannot be. What a reference gave is in no error.
    """
    expander = _Expander(document, providers, default_scheme)
    try:
        value = expander.value(document.value, ())
    except _TooMuchError as error:
        ends = range(len(error.path), 0, -1)
        path = next((error.path[:end] for end in ends if error.path[:end] in document.positions), ())
        what, hint = "too many recursive expansions", "does something refer to itself?"
        problem = Problem(path, what, hint, document.where(path))
        raise ConfigError(*expander.problems, problem) from None
    if expander.problems:
        raise ConfigError(*expander.problems)
    return Document(value, expander.positions)


class _TooMuchError(Exception):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path


class _Expander:
    def __init__(self, document: Document, providers: Providers, default_scheme: str) -> None:
        self._providers = providers
        self._default = default_scheme if default_scheme in providers else ""
        self._left = _WORK
        self.positions: dict[Path, Position] = dict(document.positions)
        self.problems: list[Problem] = []

    def placed(self, problem: Problem) -> Problem:
        """`problem` with its `file:line`."""
        return replace(problem, where=Document(None, self.positions).where(problem.path))

    def value(self, value: Any, path: Path) -> Any:
        """`value`, which stands at `path`, with nothing left to expand."""
        self._spend(1, path)
        if isinstance(value, str):
            try:
                return self._string(value, path)
            except ConfigError as error:
                self.problems.extend(self.placed(replace(one, path=path)) for one in error.problems)
                return None
        if isinstance(value, dict):
            return {key: self.value(one, (*path, key)) for key, one in value.items()}
        if isinstance(value, list):
            return [self.value(one, (*path, index)) for index, one in enumerate(value)]
        return value

    def _string(self, text: str, path: Path) -> Any:
        written = text
        for _ in range(_ROUNDS):
            reference = find_reference(text, bare=bool(self._default))
            if reference is None:
                return unescape(text)
            self._spend(1, path)
            found = self._read(reference, written)
            if reference != text:
                text = self._embed(text, reference, found, path)
                continue
            document = found.lenient()
            if not isinstance(document.value, str):
                return self._whole(document, found.text, path)
            text = document.value
        raise _TooMuchError(path)

    def _embed(self, text: str, reference: str, found: Found, path: Path) -> str:
        within = found.text or ""
        if len(text) + text.count(reference) * len(within) > _TEXT:
            raise _TooMuchError(path)
        return text.replace(reference, within)

    def _whole(self, document: Document, text: str | None, path: Path) -> Any:
        """The value that a reference standing alone gave, with the text it was read from, if that expands."""
        self._spend(len(document.positions), path)
        self.positions.update(
            ((*path, *below), place) for below, place in document.positions.items() if below
        )
        value = self.value(document.value, path)
        try:
            shown = self._string(text or "", path)
        except ConfigError:
            return value
        return Expanded(value, shown) if isinstance(shown, str) else value

    def _read(self, reference: str, written: str) -> Found:
        try:
            return self._locate(reference[2:-1])
        except ConfigError:
            if reference in written:
                raise
            # The reference came out of another one's value, which may be a secret.
            what = (
                f"the value of {find_reference(written, bare=True)} holds a reference that cannot be expanded"
            )
            raise ConfigError.single(what, hint="write `$$` where the value means a `$`") from None

    def _locate(self, inner: str) -> Found:
        location: Location = parse_reference(inner, self._default)
        if location.scheme not in self._providers:
            what = f'scheme "{location.scheme}" is not supported for uri "{location.shown}"'
            raise ConfigError.single(what)
        return self._providers.read(location)

    def _spend(self, amount: int, path: Path) -> None:
        self._left -= amount
        if self._left < 0 or len(path) > _DEPTH:
            raise _TooMuchError(path)
