"""docs/builder/comparison.md says nothing that is not shown by a command and held by a test."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from penstock_builder import __version__
from penstock_builder.commands import penstock as root
from penstock_builder.scaffold.init import _COMPONENTS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/builder/comparison.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("| \n").split(" | ")]
    for line in PAGE.splitlines()
    if re.match(r"\| \d+ \|", line)
]
COMMANDS = sorted({row[8].strip("`") for row in ROWS})
OURS = [command for command in COMMANDS if command.startswith("penstock ")]
ELSEWHERE = {"make generate", "pencol --config engine.yaml", "pencol --print-manifest", "pencol components"}
"""What is run where the test of the row is: it needs this repository, or its distribution."""
EXITS = {"penstock init .": 2}  # it refuses, which is the feature

each = pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])


def test_every_feature_has_a_row_and_is_there() -> None:
    assert [int(row[0]) for row in ROWS] == list(range(1, 65))
    assert {row[7] for row in ROWS} == {"yes"}


@each
def test_the_command_exists_with_its_options(row) -> None:
    program, *words = shlex.split(row[8].strip("`"))
    if program == "penstock":
        command = root.commands[words[0]]
        known = {option for one in command.params for option in one.opts}
        assert [word for word in words if word.startswith("--") and word not in known] == []


@each
def test_the_test_exists(row) -> None:
    file, _, name = row[9].strip("`").partition("::")
    assert f"def {name}(" in (ROOT / file).read_text()


@pytest.fixture
def place(demo, penstock, small):
    """A distribution with its lock, and a file for every one that a command of the page names."""
    demo.component("processor", "sampler")
    for kind, name in (*_COMPONENTS, ("core", "collector"), ("core", "api")):
        project = f"penstock_{kind}_{name}".replace("_core", "")
        demo.wheel(project, __version__, requires=[] if name == "api" else [f"penstock-api=={__version__}"])
    demo.manifest(f"{small}profiles:\n  edge:\n    dist: {{name: edge}}\n")
    (demo.root / "distributions").mkdir()
    for name in ("a", "b"):
        text = small.replace("output_path: out", f"output_path: {name}").replace(
            "path: comp", "path: ../comp"
        )
        (demo.root / f"distributions/{name}.yaml").write_text(text)
        assert penstock("generate", "-c", f"distributions/{name}.yaml", "--allow-root", ".").code == 0
    (demo.root / "config.yaml").write_text("receivers: {otlp: }\nexporters: {debug: }\n")
    (demo.root / "otelcol.yaml").write_text(
        "dist: {name: a, version: '1'}\n"
        "receivers: [{gomod: go.opentelemetry.io/collector/receiver/otlpreceiver v0.159.0}]\n"
    )
    (demo.root / "dependency-replacements.yaml").write_text("modules: []\nreplaces: []\n")
    key = ["openssl", "genpkey", "-algorithm", "ed25519", "-out", "release.pem"]
    if shutil.which("openssl"):
        subprocess.run(key, cwd=demo.root, check=True)
    assert penstock("generate").code == 0
    return demo


@pytest.mark.parametrize("command", OURS)
def test_the_command_shows_it(place, penstock, command: str) -> None:
    if "release.pem" in command and not (place.root / "release.pem").exists():
        pytest.skip("openssl is not installed")
    if "deb" in command and not shutil.which("dpkg-deb"):
        pytest.skip("dpkg-deb is not installed")
    if command == "penstock audit":  # without a pin nobody needs to be asked
        place.component("receiver", "otlp")
        assert penstock("generate").code == 0
    done = penstock(*shlex.split(command)[1:])
    assert done.code == EXITS.get(command, 0), done.err


def test_what_is_no_command_of_the_builder_is_run_too(place) -> None:
    others = set(COMMANDS) - set(OURS) - ELSEWHERE
    assert others == {
        'python -c "from penstock_builder import build"',
        "MY_COLLECTOR_PLUGINS=plugins my-collector components",  # by test_tasks.py, as a part of its page
    }
    words = ["-c", "from penstock_builder import build"]
    subprocess.run([sys.executable, *words], check=True)
    assert (
        "MY_COLLECTOR_PLUGINS=plugins .venv/bin/my-collector components"
        in (ROOT / "docs/builder/plugins.md").read_text()
    )
