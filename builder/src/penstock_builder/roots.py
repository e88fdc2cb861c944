"""Which folders a manifest's paths may lead into: its repository, and what the user allows."""

from pathlib import Path

from penstock_builder.project import ProjectError

__all__ = ("SHARED", "allowed_roots", "inside")

SHARED = "dependency-replacements.yaml"
"""What a file of shared replacements is called."""

_MARKS = (".git", SHARED)


def allowed_roots(file: Path, given: tuple[Path, ...]) -> tuple[Path, ...]:
    """The repository around the manifest, told by what stands in its root; else the manifest's own folder."""
    here = file.parent.resolve()
    marked = [folder for folder in (here, *here.parents) if any((folder / mark).exists() for mark in _MARKS)]
    return (marked[0] if marked else here, *(one.resolve() for one in given))


def inside(base: Path, path: str, roots: tuple[Path, ...]) -> Path:
    """The folder that `path` leads to, links followed; raises `ProjectError` if it is outside of `roots`."""
    found = (base / path).resolve()
    if not any(found.is_relative_to(root) for root in roots):
        raise ProjectError(f"leads out of {roots[0]} (--allow-root permits it): {found}")
    return found
