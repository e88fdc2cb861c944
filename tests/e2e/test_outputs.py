"""Our own distribution in its other forms: whole, small enough to check by hand, and the same everywhere."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from penstock_testkit.sources import tracked_files

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


def run(*command, **options) -> str:
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    return done.stdout


def copied(folder: Path) -> Path:
    """The repository as somebody else has it, without what git ignores."""
    for file in tracked_files(ROOT):
        target = folder / file.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    return folder


def test_b_60_two_copies_in_different_folders_give_the_same_wheel(wheel, tmp_path):
    copy = copied(tmp_path / "another place")
    environment = {**os.environ, "TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8"}
    run(BIN / "penstock", "build", "--wheel-dir", tmp_path / "dist", cwd=copy, env=environment, umask=0o077)
    assert (tmp_path / "dist" / wheel.name).read_bytes() == wheel.read_bytes()


def test_b_63_the_bill_of_our_own_wheel_is_valid_and_lists_the_lock(wheel):
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    with zipfile.ZipFile(wheel) as archive:
        (name,) = [one for one in archive.namelist() if one.endswith("/sboms/penstock.cdx.json")]
        text = archive.read(name).decode()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    lock = (ROOT / "distributions/pencol/requirements.lock").read_text()
    pinned = {line.partition("==")[0] for line in lock.splitlines() if line[:1].isalnum()}
    assert pinned < {one["name"] for one in json.loads(text)["components"]}


@pytest.fixture(scope="module")
def outputs(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("outputs")
    run(BIN / "penstock", "build", "--output", "wheelhouse,pex,deb", "--wheel-dir", folder, cwd=ROOT)
    return folder


def test_b_65_the_wheelhouse_installs_without_a_network(outputs, tmp_path):
    apart = ["unshare", "--net", "--map-root-user"]
    if shutil.which("unshare") is None or subprocess.run([*apart, "true"], check=False).returncode:
        pytest.skip("this machine makes no network namespaces")
    (house,) = outputs.glob("*-wheelhouse")
    run(BIN / "uv", "venv", "-q", "--python", sys.executable, tmp_path / "env")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        tmp_path / "env/bin/python",
        "install",
        "-q",
        "--no-index",
    ]
    run(*apart, *pip, "--require-hashes", "--find-links", house, "-r", house / "requirements.txt")
    sample = ROOT / "distributions/pencol/config.yaml"
    run(*apart, tmp_path / "env/bin/pencol", "validate", "--config", sample)


def test_b_67_the_pex_lists_what_the_wheel_lists(outputs, pencol, tmp_path):
    (pex,) = outputs.glob("*.pex")
    environment = {**os.environ, "PEX_ROOT": str(tmp_path), "PATH": f"{BIN}:{os.environ['PATH']}"}
    assert run(pex, "components", env=environment) == run(pencol, "components")


def test_the_deb_unpacks_to_a_program_that_lists_what_the_wheel_lists(outputs, pencol, tmp_path):
    if shutil.which("dpkg-deb") is None:
        pytest.skip("dpkg-deb is not installed")
    (deb,) = outputs.glob("*.deb")
    run("dpkg-deb", "--extract", deb, tmp_path)
    assert run(sys.executable, tmp_path / "opt/pencol/bin/pencol", "components") == run(pencol, "components")
