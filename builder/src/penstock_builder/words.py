"""The shapes of names: what may become a file, a command, a Python name or a requirement.

Text of a manifest that passes one of these may be used in code and paths as it stands. Each function returns
the accepted text and raises `ValueError` with the sentence for the user.
"""

import keyword
import re
import sys
from datetime import date

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

__all__ = (
    "WordError",
    "attribute",
    "component_id",
    "day",
    "distribution_name",
    "email",
    "exclude",
    "gomod",
    "import_target",
    "index_name",
    "license_expression",
    "lowest_python",
    "module_for",
    "module_name",
    "python_range",
    "requirement",
    "subcommand",
    "uri_scheme",
    "variable",
    "version",
    "version_range",
)

_PROJECT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\Z")
_COMPONENT = re.compile(r"[a-z][a-z0-9_]*\Z")
_TARGET = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*(?::[A-Za-z_]\w*)?\Z", re.ASCII)
_INDEX = re.compile(r"[a-z][a-z0-9-]*\Z")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z", re.ASCII)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+\Z")
_EMAIL = re.compile(r"[^@\s<>,\"]+@[^@\s<>,\"]+\.[^@\s<>,\".]+\Z")
_WINDOWS = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(10)}
)
_LONGEST = 100


class WordError(ValueError):
    """A name that cannot be used; `hint` says what would do."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what, hint)
        self.what = what
        self.hint = hint


def distribution_name(text: str) -> str:
    """Accept a name for a project that is also a command and a file name."""
    rule = "letters, digits, `-`, `_` and `.`, starting and ending with a letter or digit"
    if not _PROJECT.match(text):
        raise WordError(f"is not a project name: {text!r}", f"use {rule}")
    if len(text) > _LONGEST:
        raise WordError(f"is longer than {_LONGEST} characters: {text[:20]}...")
    if text.split(".", maxsplit=1)[0].lower() in _WINDOWS:
        raise WordError(f"is a reserved name on Windows: {text}")
    return text


def module_name(text: str) -> str:
    """Accept an import package that hides nobody else's."""
    if not text.isidentifier() or not text.isascii() or keyword.iskeyword(text):
        raise WordError(f"is not a Python package name: {text!r}", "set `dist.package`")
    if text in sys.stdlib_module_names or text.startswith("penstock_"):
        raise WordError(f"would hide another Python package: {text}", "set `dist.package`")
    return text


def module_for(project: str) -> str:
    """Spell a project's name as its import package."""
    return canonicalize_name(project).replace("-", "_")


def component_id(text: str) -> str:
    """Accept the name that a collector's YAML uses for a component."""
    if not _COMPONENT.match(text) or keyword.iskeyword(text):
        hint = "a letter, then lower-case letters, digits and `_`; no keyword of Python"
        raise WordError(f"is not a component name: {text!r}", hint)
    return text


def subcommand(text: str) -> str:
    """Accept the name of a subcommand, which is also a module beside the rendered ones, or none."""
    if not text:
        return text
    component_id(text)
    if text in _TAKEN:
        raise WordError(f"is taken: {text}", f"these are: {', '.join(sorted(_TAKEN))}")
    return text


_TAKEN = frozenset({"buildinfo", "cli", "components", "debugging", "featuregate", "run", "validate"})


def import_target(text: str) -> str:
    """Accept `package.module` or `package.module:attribute`."""
    names = re.split(r"[.:]", text)
    if not _TARGET.match(text) or any(keyword.iskeyword(name) for name in names):
        raise WordError(f"is not an import target: {text!r}", "write `package.module:attribute`")
    return text


def version(text: str) -> str:
    """Accept a PEP 440 version, in its normal spelling."""
    try:
        return str(Version(text))
    except InvalidVersion:
        raise WordError(f"is not a version: {text!r}", "write it like 1.4.0 (PEP 440)") from None


def version_range(text: str) -> str:
    """Accept a specifier set."""
    try:
        return str(SpecifierSet(text))
    except InvalidSpecifier:
        raise WordError(f"is not a version range: {text!r}", "write it like >=0.1,<0.2") from None


def python_range(text: str) -> str:
    """Accept a specifier set that says where it starts, because the lock is made for all of it."""
    try:
        lowest_python(text)
    except InvalidSpecifier:
        raise WordError(f"is not a version range: {text!r}", "write it like >=3.11") from None
    return text


def lowest_python(text: str) -> str:
    """The `major.minor` that a range starts at."""
    starts = [
        Version(one.version.removesuffix(".*")) for one in SpecifierSet(text) if one.operator in _STARTS
    ]
    if not starts:
        raise WordError(f"has no lower bound: {text!r}", "write it like >=3.11")
    lowest = max(starts)
    return f"{lowest.major}.{lowest.minor}"


_STARTS = frozenset({">=", "==", "~=", "==="})


def requirement(text: str) -> str:
    """Accept a PEP 508 requirement by name; addresses and conditions have no place in a component list."""
    try:
        parsed = Requirement(text)
    except InvalidRequirement as error:
        what = f"is not a requirement: {text!r}: {str(error).splitlines()[0]}"
        raise WordError(what, "write it like penstock-receiver-otlp == 0.1.0 (PEP 508)") from None
    if parsed.url:
        raise WordError("must name a version, not an address", "use `path:` for a project on this machine")
    if parsed.marker:
        raise WordError(
            f"must not have a condition: {parsed.marker}", "the condition of a component is `markers`"
        )
    return text


def attribute(text: str) -> str:
    """Accept the name of a factory in its module."""
    if not text.isidentifier() or not text.isascii() or keyword.iskeyword(text):
        raise WordError(f"is not a Python name: {text!r}")
    return text


def index_name(text: str) -> str:
    """Accept what an index is called; it becomes part of a variable's name."""
    if not _INDEX.match(text):
        raise WordError(f"is not a name for an index: {text!r}", "use lower-case letters, digits and `-`")
    return text


def variable(text: str) -> str:
    """Accept the name of an environment variable."""
    if not _VARIABLE.match(text):
        raise WordError(f"is not the name of a variable: {text!r}", "write it like OURS_INDEX_URL")
    return text


def uri_scheme(text: str) -> str:
    """Accept the scheme of a configuration provider."""
    if not _SCHEME.match(text):
        raise WordError(f"is not a scheme: {text!r}", "write it like env or file")
    return text


def day(text: str) -> str:
    """Accept a date."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise WordError(f"is not a day: {text!r}", "write it like 2027-01-31, in quotes") from None


def email(text: str) -> str:
    """Accept an address of electronic mail."""
    if not _EMAIL.match(text):
        raise WordError(f"is not an e-mail address: {text!r}")
    return text


def license_expression(text: str) -> str:
    """Accept an SPDX expression, in its normal spelling."""
    try:
        return canonicalize_license_expression(text)
    except InvalidLicenseExpression:
        raise WordError(
            f"is not an SPDX licence expression: {text!r}", "write it like Apache-2.0 OR MIT"
        ) from None


def gomod(text: str) -> str:
    """Accept a Go module and its version, which the map of modules turns into a requirement."""
    if len(text.split()) != 2:
        raise WordError(
            f"must be a module and its version: {text!r}", "write it like example.org/module v1.2.3"
        )
    return " ".join(text.split())


def exclude(text: str) -> str:
    """Accept a bare name, or a name with one exact version."""
    parsed = Requirement(requirement(text))
    operators = [one.operator for one in parsed.specifier]
    if parsed.extras or operators not in ([], ["=="]):
        raise WordError(f"must be a name, or a name and one version: {text!r}", "write it like thing==1.2.3")
    return text
