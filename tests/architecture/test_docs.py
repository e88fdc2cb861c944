"""What the documentation points to exists, and every option is in it."""

import re
from pathlib import Path

import pytest

from penstock_testkit.catalogue import catalogue_text, find_catalogue
from penstock_testkit.generate import check, generate
from penstock_testkit.options import options_of
from penstock_testkit.projects import find_projects, find_root
from penstock_testkit.sources import tracked_files

ROOT = find_root(Path(__file__))
PAGES = [path for path in tracked_files(ROOT) if path.suffix == ".md"]
PROJECTS = list(find_projects(ROOT))
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")

every = pytest.mark.parametrize("project", PROJECTS, ids=lambda one: f"{one.kind}/{one.id}")


def broken_links(page: Path, text: str) -> list[str]:
    """Relative links to files or headings that do not exist."""
    plain = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return [target for target in LINK.findall(plain) if not _resolves(page, plain, target)]


def _resolves(page: Path, text: str, target: str) -> bool:
    if re.match(r"[a-z][a-z0-9+.-]*:", target):
        return True
    name, _, anchor = target.partition("#")
    path = page.parent / name
    if not path.exists():
        return False
    if not anchor or (name and path.suffix != ".md"):
        return True
    return anchor in _anchors(path.read_text() if name else text)


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ +(.*)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).strip().replace(" ", "-") for one in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_relative_links_resolve(page):
    assert broken_links(page, page.read_text()) == []


@every
def test_every_option_is_in_the_readme(project):
    model, readme = project.config(), (project.folder / "README.md").read_text()
    keys = [one.key for one in options_of(model)] if model else []
    assert [key for key in keys if f"`{key}`" not in readme] == []


@every
def test_generated_files_are_current(project):
    assert check(generate([project]), ROOT) == ""


def test_the_builders_catalogue_is_current():
    assert find_catalogue(ROOT).read_text() == catalogue_text(PROJECTS)


def test_broken_links_are_found(tmp_path):
    (tmp_path / "there.md").write_text("# The Heading, here\n")
    text = """
[a](there.md) [b](there.md#the-heading-here) [c](https://example.com) [d](#own)
[e](gone.md) [f](there.md#gone) [g](#gone)
## Own
"""
    assert broken_links(tmp_path / "page.md", text) == ["gone.md", "there.md#gone", "#gone"]
