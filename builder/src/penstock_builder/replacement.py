"""One entry of `replaces`: what is replaced, by what, and why."""

from typing import Annotated, Literal

from packaging.utils import canonicalize_name

from penstock_builder import places, words
from penstock_builder.model import Model, Text, rule

__all__ = ("Replacement", "Source")


class Source(Model):
    """Where a project comes from, if not from an index; at most one of `path`, `git` and `url`."""

    path: Annotated[str, rule(places.local_path)] | None = None
    """A folder on this machine, relative to the manifest."""
    git: Annotated[str, rule(places.git_url)] | None = None
    """A git repository; needs `rev`."""
    rev: Text | None = None
    """The commit, as its full id of 40 digits."""
    subdirectory: Annotated[str, rule(places.inner_path)] | None = None
    """Where in the repository the project is."""
    url: Annotated[str, rule(places.archive_url)] | None = None
    """A wheel or an sdist; needs `sha256`."""
    sha256: Annotated[str, rule(places.sha256)] | None = None
    """The digest that the file behind `url` must have."""


class Replacement(Source):
    """A rule that swaps a dependency, wherever it is required, and says why.

    Exactly one of `version`, `path`, `git`, `url`, `package` and `drop` says what takes its place.
    """

    dependency: Annotated[str, rule(words.distribution_name)]
    """The project that is replaced."""
    version: Annotated[str, rule(words.version)] | None = None
    """Another version of it."""
    package: Annotated[str, rule(words.requirement)] | None = None
    """Another project, which must bring the same import packages."""
    drop: Literal[True] | None = None
    """Nothing: whoever requires it goes without."""
    reason: Text
    """Why, for the reader."""
    link: Text | None = None
    """The issue or change that will make the replacement unnecessary."""
    expires: Annotated[str, rule(words.day)] | None = None
    """The day, in quotes, after which `penstock check` fails."""

    @property
    def project(self) -> str:
        """The canonical name of the project that is replaced."""
        return canonicalize_name(self.dependency)
