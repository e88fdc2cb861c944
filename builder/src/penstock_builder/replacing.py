"""The rules that replacements keep: one form each, exact sources, no circles, a reason that still holds."""

from collections.abc import Iterator, Mapping
from datetime import date

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from penstock_builder.document import Document
from penstock_builder.lines import lines
from penstock_builder.manifest import Manifest
from penstock_builder.places import is_commit
from penstock_builder.problems import KeyPath, Problem
from penstock_builder.replacement import Source

__all__ = ("expired", "replacement_problems")

_FORMS = ("version", "path", "git", "url", "package", "drop")
_SOURCES = ("path", "git", "url")


def replacement_problems(manifest: Manifest, document: Document, *, allow_moving: bool) -> Iterator[Problem]:
    """Everything that is wrong with `replaces`, and with the sources of components."""
    for index, one in enumerate(manifest.replaces):
        given = [form for form in _FORMS if getattr(one, form) is not None]
        if len(given) != 1:
            says = f"says {' and '.join(given)}" if given else "does not say what takes its place"
            yield document.problem(("replaces", index), says, f"give one of {', '.join(_FORMS)}")
    for where, source in _sources(manifest):
        yield from _inexact(where, source, document, allow_moving=allow_moving)
        if manifest.dist.embed == "none":
            yield from _unreachable(where, source, document)
    yield from _circles(manifest, document)


def _sources(manifest: Manifest) -> Iterator[tuple[KeyPath, Source]]:
    yield from lines(manifest)
    yield from ((("replaces", index), one) for index, one in enumerate(manifest.replaces))


def _inexact(where: KeyPath, source: Source, document: Document, *, allow_moving: bool) -> Iterator[Problem]:
    given = [key for key in _SOURCES if getattr(source, key) is not None]
    if len(given) > 1 and where[0] != "replaces":
        yield document.problem(where, f"says {' and '.join(given)}", f"give one of {', '.join(_SOURCES)}")
    for key, owner in (("rev", "git"), ("subdirectory", "git"), ("sha256", "url")):
        if getattr(source, key) and not getattr(source, owner):
            yield document.problem((*where, key), f"has no meaning without `{owner}`")
    if source.git and not source.rev:
        yield document.problem((*where, "git"), "needs `rev`", "give the full id of a commit")
    if source.rev and not is_commit(source.rev) and not allow_moving:
        hint = "give the full id of the commit, or --allow-moving"
        yield document.problem((*where, "rev"), f"may move: {source.rev}", hint)
    if source.url and not source.sha256:
        yield document.problem((*where, "url"), "needs `sha256`", "give the digest of the file")


def _unreachable(where: KeyPath, source: Source, document: Document) -> Iterator[Problem]:
    """Without embedding, whoever installs the wheel fetches from the address that it names."""
    for key, address in (("git", source.git), ("url", source.url)):
        if address and address.startswith("file:"):
            what = f"is on this machine, where nobody who installs the wheel can fetch it: {address}"
            hint = "set `dist.embed: components`, or give an address that others reach"
            yield document.problem((*where, key), what, hint)


def _circles(manifest: Manifest, document: Document) -> Iterator[Problem]:
    """Another name is followed once; what is itself replaced again would depend on the order."""
    onward = {
        one.project: canonicalize_name(Requirement(one.package).name)
        for one in manifest.replaces
        if one.package
    }
    replaced = {one.project for one in manifest.replaces}
    for index, one in enumerate(manifest.replaces):
        target = onward.get(one.project)
        if target and target in replaced:
            chain = _chain(one.project, onward)
            what = "replaces itself" if target == one.project else "is replaced by what is replaced itself"
            yield document.problem(("replaces", index), f"{what}: {' => '.join(chain)}")


def _chain(start: str, onward: Mapping[str, str]) -> list[str]:
    chain = [start]
    while chain[-1] in onward and chain[-1] not in chain[:-1]:
        chain.append(onward[chain[-1]])
    return chain


def expired(manifest: Manifest, document: Document, today: date) -> tuple[str, ...]:
    """The replacements that should have been looked at again by now."""
    return tuple(
        str(document.problem(("replaces", index, "expires"), f"is over since {one.expires}: {one.reason}"))
        for index, one in enumerate(manifest.replaces)
        if one.expires and date.fromisoformat(one.expires) < today
    )
