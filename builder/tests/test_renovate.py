"""`renovate.json` of a new repository: what Renovate finds with it. Its patterns are of RE2, and Python's read them."""

import json
import re
from pathlib import Path

import pytest

from penstock_builder import __version__
from penstock_builder.scaffold.init import Repository, repository_tree

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def repository(tmp_path_factory) -> dict[str, str]:
    """The files of a new repository, as text."""
    folder = tmp_path_factory.mktemp("new") / "my-collector"
    return {str(path): text for path, text in repository_tree(Repository(folder=folder)).items()}


@pytest.fixture(scope="module")
def found(repository):
    """What is found in a file: name and version, in order."""
    managers = json.loads(repository["renovate.json"])["customManagers"]

    def find(path: str, text: str) -> list[tuple[str, str]]:
        seen: list = []
        for one in managers:
            (pattern,) = one["managerFilePatterns"]
            if re.search(pattern.strip("/"), path):
                expressions = [expression.replace("(?<", "(?P<") for expression in one["matchStrings"]]
                matches = [match for each in expressions for match in re.finditer(each, text)]
                seen += [(match.start(), match["depName"], match["currentValue"]) for match in matches]
        return [(name, version) for _, name, version in sorted(seen)]

    return find


@pytest.mark.parametrize("path", ["builder-manifest.yaml", "distributions/pencol-otlp/manifest.yaml"])
def test_every_exact_version_of_a_manifest_is_seen(found, path) -> None:
    text = (ROOT / path).read_text()
    packages = re.findall(r"^\s*(?:- )?package: (\S+) == (\S+)", text, re.MULTILINE)
    assert packages
    assert found(path, text) == packages


def test_a_new_repository_is_covered(found, repository) -> None:
    seen = found("builder-manifest.yaml", repository["builder-manifest.yaml"])
    assert ("penstock-receiver-otlp", __version__) in seen
    assert len(seen) == repository["builder-manifest.yaml"].count("package:")
    for name in ("check", "pin", "render"):
        path = f".github/workflows/{name}.yml"
        assert found(path, repository[path]) == [("penstock-builder", __version__)]


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ('  - package: "acme[fast]==1.2.post1"  # why', [("acme", "1.2.post1")]),
        ("  - {package: acme == 1.2.*, path: acme}", [("acme", "1.2.*")]),
        ("constraints:\n  - hpack == 4.1.0\n", [("hpack", "4.1.0")]),
        ('replaces:\n  - dependency: hpack\n    version: "4.2.0"\n', [("hpack", "4.2.0")]),
        ("constraints:\n  - hpack >= 4.1.0\n", []),
        ('dist:\n  name: edge\n  version: "1.0.0"\n', []),
        ("collector:\n  package: acme ~= 1.2\n", []),
    ],
)
def test_only_exact_versions_are_seen(found, line, seen) -> None:
    assert found("edge/manifest.yaml", line) == seen


def test_what_is_rendered_is_left_alone(repository) -> None:
    rules = json.loads(repository["renovate.json"])["packageRules"]
    assert {"matchFileNames": ["distributions/**"], "enabled": False}.items() <= rules[0].items()
