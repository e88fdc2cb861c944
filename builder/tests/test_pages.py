"""The pages about manifests: their examples are manifests, and their commands work."""

import json
import re
import shlex
from pathlib import Path

import pytest

from penstock_builder.document import parse
from penstock_builder.load import load
from penstock_builder.manifest_schema import schema
from penstock_builder.reading import Reading
from penstock_builder.sharing import read_shared
from penstock_builder.validate import validate

PAGES = Path(__file__).parents[2] / "docs/builder"
HEAD = 'dist: {name: demo, version: "1.0"}\nreceivers: [{package: penstock-receiver-otlp}]\n'


def blocks(page: str, language: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", (PAGES / page).read_text(), re.DOTALL | re.MULTILINE)
    return [text for name, text in found if name == language]


def commands(page: str) -> list[list[str]]:
    lines = [
        line for block in blocks(page, "") for line in block.splitlines() if line.startswith("penstock ")
    ]
    return [shlex.split(line, comments=True)[1:] for line in lines]


def test_the_page_on_imports(demo, penstock) -> None:
    (demo.root / "otelcol.yaml").write_text(
        "dist: {name: a, version: '1'}\nreceivers:\n"
        "  - gomod: go.opentelemetry.io/collector/receiver/otlpreceiver v0.159.0\n"
    )
    for command in commands("import.md"):
        assert penstock(*command).code == 0
    (rows,) = blocks("import.md", "yaml")
    (demo.root / "map.yaml").write_text(rows)
    demo.manifest(
        'dist: {name: a, version: "1"}\nreceivers:\n  - gomod: example.org/receiver/acme v0.159.3\n'
    )
    (found,) = load(
        demo.root / "builder-manifest.yaml", Reading(maps=(demo.root / "map.yaml",))
    ).manifest.receivers
    assert (found.package, found.name, found.import_) == ("acme-telemetry==0.159.*", "acme", "acme.otel")


def test_the_page_on_replacements(demo, penstock, small) -> None:
    rules, shared = blocks("replace-a-dependency.md", "yaml")
    demo.project("forks/sand", "sand")
    assert len(load(demo.manifest(HEAD + rules)).manifest.replaces) == 7
    demo.manifest(small)
    (demo.root / "lib").mkdir()
    (demo.root / "lib/pyproject.toml").write_text("[project]\n")
    (demo.root / "dependency-replacements.yaml").write_text(shared)
    assert len(read_shared(demo.root / "dependency-replacements.yaml").files) == 2
    for command in commands("replace-a-dependency.md"):
        assert penstock(*command).code == 0


def test_the_page_on_extending(demo, penstock, small) -> None:
    extending, profile = blocks("extend-a-manifest.md", "yaml")
    (demo.root.parent / "shared").mkdir()
    (demo.root.parent / "shared/base.yaml").write_text(
        HEAD + "  - package: penstock-receiver-nop\n".replace("  -", "#")
    )
    (demo.root.parent / "shared/cloud.yaml").write_text("receivers: [{package: penstock-receiver-nop}]\n")
    found = load(demo.manifest(extending)).manifest
    assert (found.dist.name, [one.project for one in found.receivers]) == ("edge", ["penstock-receiver-otlp"])
    demo.component("receiver", "nop")
    demo.manifest(
        small.replace(
            "exporters:", "  - {package: penstock-receiver-nop, path: components/receiver/nop}\nexporters:"
        )
        + profile
    )
    for command in commands("extend-a-manifest.md"):
        assert penstock(*command).code == 0
    assert (demo.root / "distributions/edge-small/pyproject.toml").exists()


@pytest.mark.parametrize("name", ["Component", "Replacement"])
def test_b_87_an_editor_knows_how_to_remove(name: str) -> None:
    found = json.loads(schema())
    assert found["$defs"][name]["properties"]["remove"]["const"] is True
    assert found["anyOf"][0] == {"required": ["extends"]}
    assert found["anyOf"][1]["properties"]["dist"]["required"] == ["name", "version"]


def test_what_only_a_profile_may_say_is_refused_elsewhere() -> None:
    _, problems = validate(parse(HEAD + "exporters: [{package: a, remove: true}]\n", "m.yaml"))
    assert [str(one).partition("\n")[0] for one in problems] == [
        "m.yaml:3:26: exporters[0].remove: unknown key"
    ]
