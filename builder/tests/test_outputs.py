"""What `penstock build --output` makes: each installs, runs, and is the same bytes every time."""

import gzip
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote

import pytest

PLAIN = {"PATH": "/usr/bin:/bin", "HOME": "/nowhere", "LC_ALL": "C.UTF-8"}
LISTED = "penstock-receiver-otlp 0.1.0 penstock-receiver-otlp\npenstock-exporter-debug 0.1.0 penstock-exporter-debug\n"


def run(*command, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(one) for one in command], capture_output=True, text=True, check=False, **options
    )


def said(*command, **options) -> str:
    done = run(*command, **options)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    return done.stdout


def twice(make, demo, tmp_path, monkeypatch, kind: str) -> tuple[Path, Path]:
    """Built here, and built again elsewhere, with another umask and another time in every file."""
    (first,) = make("--output", kind)
    kept = tmp_path / "first" / first.name
    kept.parent.mkdir()
    first.rename(kept)
    moved = tmp_path / "another place"
    demo.root.rename(moved)
    monkeypatch.chdir(moved)
    before = os.umask(0o077)
    try:
        for file in moved.rglob("*.py"):
            file.touch()
        (second,) = make("--output", kind, "--wheel-dir", str(tmp_path / "second"))
    finally:
        os.umask(before)
    return kept, second


def content(path: Path) -> dict[str, str]:
    files = [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]
    return {one.relative_to(path).as_posix(): hashlib.sha256(one.read_bytes()).hexdigest() for one in files}


@pytest.mark.parametrize("kind", ["wheel", "sdist", "wheelhouse", "oci", "deb"])
def test_b_60_the_same_bytes_in_another_folder_and_with_another_umask(
    make, demo, tmp_path, monkeypatch, kind: str
) -> None:
    first, second = twice(make, demo, tmp_path, monkeypatch, kind)
    assert content(first) == content(second)


@pytest.mark.parametrize("kind", ["wheel", "sdist", "oci"])
def test_b_61_source_date_epoch_is_the_time_of_every_file(make, monkeypatch, kind: str) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    (made,) = make("--output", kind)
    assert times(made) == {1700000000}


def times(made: Path) -> set[int]:
    if made.suffix == ".whl":
        with zipfile.ZipFile(made) as archive:
            assert {one.date_time for one in archive.infolist()} == {(2023, 11, 14, 22, 13, 20)}
        return {1700000000}
    if made.is_dir():
        return {int(one.mtime) for archive in layers(made) for one in archive}
    with tarfile.open(made) as archive:
        return {int(one.mtime) for one in archive}


def test_outputs_are_made_in_one_run_in_the_order_they_are_asked_for(make, demo) -> None:
    assert [one.name for one in make("--output", "wheelhouse,wheel", "--output", "sdist")] == [
        "demo-1.2.3-wheelhouse",
        "demo-1.2.3-py3-none-any.whl",
        "demo-1.2.3.tar.gz",
    ]


def test_the_manifest_names_the_outputs(make, demo, small) -> None:
    demo.manifest(small + "outputs: [sdist, wheel]\n")
    assert [one.suffix for one in make()] == [".gz", ".whl"]


def test_licence_authors_and_addresses_are_in_the_metadata(make, demo, small) -> None:
    extra = "  license: MIT\n  authors: [{name: 'A \"B\" C', email: a@b.example}, {name: D}]\n"
    extra += "  urls: {Home page: 'https://demo.example'}\n"
    demo.manifest(small.replace("  output_path: out\n", "  output_path: out\n" + extra))
    (wheel,) = make()
    with zipfile.ZipFile(wheel) as archive:
        lines = archive.read("demo-1.2.3.dist-info/METADATA").decode().splitlines()
    assert "License-Expression: MIT" in lines
    assert "Author: D" in lines
    assert 'Author-email: "A \\"B\\" C" <a@b.example>' in lines
    assert "Project-URL: Home page, https://demo.example" in lines


def test_what_the_disk_refuses_is_one_line(demo, penstock, monkeypatch) -> None:
    from penstock_builder.outputs import wheelhouse

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "/scratch/wheel")

    monkeypatch.setattr(wheelhouse.shutil, "copyfile", full)
    assert penstock("generate").code == 0
    done = penstock("build", "--output", "wheelhouse")
    assert (done.code, done.err) == (1, "/scratch/wheel: No space left on device\n")
    assert not (demo.root / "dist").exists()


def test_a_container_of_a_wheel_that_embeds_nothing_takes_the_wheelhouse(make, demo, small, tmp_path) -> None:
    demo.component("exporter", "file")
    more = "  - {package: penstock-exporter-file, path: components/exporter/file, markers: os_name == 'x'}\n"
    text = small.replace("output_path: out", "output_path: out\n  embed: none")
    demo.manifest(text.replace("replaces:\n", f"{more}replaces:\n"))
    (wheelhouse,) = make("--output", "wheelhouse")
    lock, wheels = [one for one in demo.read("Dockerfile").splitlines() if "pip install" in one]
    assert lock.endswith("--require-hashes -r /tmp/requirements.lock")
    words = wheels.partition(" pip install ")[2].replace("/wheels", str(wheelhouse))
    said("bash", "-c", f"{sys.executable} -m pip install -q --target {tmp_path / 'site'} {words}")
    code = "import sys; sys.argv = ['demo', 'components']; from demo.cli import main; main()"
    assert said(sys.executable, "-c", code, env={**PLAIN, "PYTHONPATH": str(tmp_path / "site")}) == LISTED
    assert "put the wheels of the wheelhouse into a folder of its own" in demo.read("README.md")


def test_the_readme_and_the_dockerfile_name_the_wheel_as_it_is_called(make, demo, small) -> None:
    demo.manifest(small.replace("name: demo", "name: My-Demo\n  package: other"))
    (wheel,) = make()
    assert wheel.name.startswith("my_demo-1.2.3-")
    assert "/wheels/my_demo-1.2.3-*.whl\n" in demo.read("Dockerfile")
    assert "pip install --no-deps my_demo-1.2.3-*.whl\n" in demo.read("README.md")


def test_a_wheel_that_has_everything_needs_no_lock_in_the_image(demo, small, penstock) -> None:
    demo.manifest(small.replace("  output_path: out", "  output_path: out\n  embed: all"))
    assert penstock("generate").code == 0
    assert "requirements.lock" not in demo.read("Dockerfile")


def test_an_unknown_output_is_an_error_of_the_command_line(demo, penstock) -> None:
    done = penstock("build", "--output", "wheel,egg")
    assert (done.code, done.err.splitlines()[-1]) == (
        2,
        "Error: Invalid value for --output: is not one of wheel, sdist, wheelhouse, pex, oci, deb: egg",
    )


def test_an_output_takes_the_place_of_the_earlier_one(make, demo) -> None:
    (first,) = make("--output", "wheelhouse")
    (first / "old").write_text("")
    assert make("--output", "wheelhouse") == [first]
    assert not (first / "old").exists()
    assert [one.name for one in first.parent.iterdir()] == [first.name]


def test_a_file_that_the_templates_do_not_give_is_named(tmp_path) -> None:
    from penstock_builder.errors import BuildError
    from penstock_builder.outputs.job import Job

    job = Job.__new__(Job)
    object.__setattr__(job, "tree", {})
    with pytest.raises(BuildError, match=r"the templates render no file of this name: packaging/deb/prerm"):
        job.rendered("packaging/deb/prerm")


# --- wheel ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("installer", ["pip", "uv", "installer"])
def test_b_62_the_wheel_installs_and_its_command_runs(make, demo, tmp_path, installer: str) -> None:
    (wheel,) = make()
    venv = tmp_path / "venv"
    uv = Path(sys.executable).with_name("uv")
    said(uv, "venv", "-q", "--python", sys.executable, venv)
    python = venv / "bin/python"
    offline = ["--no-index", "--find-links", demo.links]
    if installer == "pip":
        said(sys.executable, "-m", "pip", "--python", python, "install", "-q", *offline, wheel, env=PLAIN)
    elif installer == "uv":
        said(uv, "pip", "install", "-q", "--python", python, *offline, wheel)
    else:
        script = f"""if True:
            import sysconfig
            from installer import install
            from installer.destinations import SchemeDictionaryDestination
            from installer.sources import WheelFile
            paths = sysconfig.get_paths(vars={{"base": {str(venv)!r}, "platbase": {str(venv)!r}}})
            to = SchemeDictionaryDestination(paths, interpreter={str(python)!r}, script_kind="posix")
            with WheelFile.open({str(wheel)!r}) as source:
                source.validate_record()
                install(source, to, additional_metadata={{}})
        """
        said(sys.executable, "-c", script)
    assert said(venv / "bin/demo", "--version", env=PLAIN) == "demo 1.2.3\n"
    assert said(venv / "bin/demo", "components", env=PLAIN) == LISTED
    if installer != "installer":  # which installs one wheel and not what it needs
        assert run(uv, "pip", "check", "--python", python).returncode == 0


def test_b_66_pip_check_finds_exactly_what_a_forced_version_violates(make, demo, small, tmp_path) -> None:
    demo.wheel("stone", "1.0", requires=("pebble<2",))
    demo.component("receiver", "otlp", requires=("penstock-api==0.1.0", "pebble", "stone"))
    demo.manifest(small + "  - {dependency: pebble, version: '2.0', reason: newer}\n")
    (wheel,) = make()
    venv, uv = tmp_path / "venv", Path(sys.executable).with_name("uv")
    said(uv, "venv", "-q", "--python", sys.executable, venv)
    lock = demo.root / "out/requirements.lock"
    said(uv, "pip", "install", "-q", "--python", venv, "--no-deps", "--require-hashes", "-r", lock)
    said(uv, "pip", "install", "-q", "--python", venv, "--no-deps", wheel)
    found = run(sys.executable, "-m", "pip", "--python", venv / "bin/python", "check", env=PLAIN)
    assert found.stdout.splitlines() == ["stone 1.0 has requirement pebble<2, but you have pebble 2.0."]


# --- bill of materials ---------------------------------------------------------------------------------------


def bill(wheel: Path) -> str:
    with zipfile.ZipFile(wheel) as archive:
        return archive.read("demo-1.2.3.dist-info/sboms/penstock.cdx.json").decode()


def test_b_63_the_bill_lists_every_locked_package_and_every_embedded_project(make) -> None:
    (wheel,) = make()
    found = json.loads(bill(wheel))
    assert [one["purl"] for one in found["components"]] == [
        "pkg:pypi/pebble@1.1",
        "pkg:pypi/penstock-api@0.1.0",
        "pkg:pypi/penstock-collector@0.1.0",
        "pkg:pypi/penstock-exporter-debug@0.1.0",
        "pkg:pypi/penstock-receiver-otlp@0.1.0",
    ]
    replaced = found["components"][1]
    assert {one["name"]: one["value"] for one in replaced["properties"]} == {
        "penstock:reason": "in the same repository",
        "penstock:source": "components/core/api",
    }
    assert replaced["licenses"] == [{"license": {"id": "Apache-2.0"}}]
    assert found["metadata"]["component"]["purl"] == "pkg:pypi/demo@1.2.3"
    assert found["metadata"]["timestamp"] == "2020-02-02T00:00:00+00:00"


def test_b_63_the_bill_is_valid_cyclonedx(make) -> None:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    (wheel,) = make()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill(wheel)) is None


def test_b_63_the_bill_is_the_same_on_a_rebuild_and_another_with_another_time(make, monkeypatch) -> None:
    (wheel,) = make()
    first = bill(wheel)
    make()
    assert bill(wheel) == first
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    make()
    assert json.loads(bill(wheel))["serialNumber"] != json.loads(first)["serialNumber"]


@pytest.fixture
def fork(demo, tmp_path) -> tuple[str, str]:
    """A git repository with a fork of the exporter: its address and its commit."""
    folder = demo.component("exporter", "debug", code="factory = 'forked'\n")
    fork = shutil.copytree(folder, tmp_path / "fork")
    git = ["git", "-C", fork, "-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "a fork"]):
        said(*git, *words)
    return f"file://{fork}", said(*git, "rev-parse", "HEAD").strip()


def test_b_63_what_comes_from_git_has_its_commit_in_the_bill(make, demo, small, fork) -> None:
    address, commit = fork
    there = f"{{package: penstock-exporter-debug == 0.1.0, git: '{address}', rev: {commit}}}"
    entry = "package: penstock-exporter-debug == 0.1.0\n    path: components/exporter/debug"
    demo.manifest(small.replace(f"- {entry}", f"- {there}"))
    (wheel,) = make()
    (found,) = [one for one in json.loads(bill(wheel))["components"] if "exporter" in one["name"]]
    assert unquote(found["purl"]) == (
        f"pkg:pypi/penstock-exporter-debug@0.1.0?vcs_url=git+{address}@{commit}"
    )


# --- licences ------------------------------------------------------------------------------------------------


def test_b_64_the_licences_of_what_is_embedded_travel_in_the_wheel(make, demo) -> None:
    folder = demo.component("exporter", "debug", extra="[tool.none]")
    (folder / "pyproject.toml").write_text(
        (folder / "pyproject.toml")
        .read_text()
        .replace("[project]", '[project]\nlicense-files = ["LICENSE"]', 1)
    )
    (folder / "LICENSE").write_text("Do what you like.\n")
    (wheel,) = make()
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read("demo-1.2.3.dist-info/licenses/THIRD_PARTY_NOTICES.txt").decode()
    assert "penstock-exporter-debug 0.1.0: Apache-2.0\n" in text
    assert "Do what you like.\n" in text


def test_b_64_what_carries_third_party_packages_has_their_licences_too(make) -> None:
    (wheelhouse,) = make("--output", "wheelhouse")
    text = (wheelhouse / "THIRD_PARTY_NOTICES.txt").read_text()
    assert re.findall(r"^([\w-]+) [\d.]+: ", text, re.MULTILINE) == [
        "pebble",
        "penstock-api",
        "penstock-collector",
        "penstock-exporter-debug",
        "penstock-receiver-otlp",
    ]


def test_b_64_a_package_without_licence_data_is_a_warning(demo, penstock) -> None:
    demo.wheel("pebble", "1.1", licence="")
    assert penstock("generate").code == 0
    done = penstock("build", "--output", "wheelhouse")
    assert done.err.splitlines()[0] == "warning: pebble 1.1: has no licence data"
    assert done.code == 0


def test_b_64_a_licence_that_the_policy_does_not_allow_is_an_error(demo, penstock, small) -> None:
    demo.wheel("pebble", "1.1", licence="GPL-3.0-only")
    demo.manifest(small + "policy: {licenses: [MIT, Apache-2.0]}\n")
    assert penstock("generate").code == 0
    done = penstock("build")
    assert (done.code, done.err) == (
        1,
        "`policy.licenses` does not allow:\npebble 1.1: GPL-3.0-only\n\nhint: allowed: MIT, Apache-2.0\n",
    )
    assert not (demo.root / "dist").exists()


def test_b_64_allowed_licences_pass(make, demo, small) -> None:
    demo.manifest(small + "policy: {licenses: [MIT, Apache-2.0]}\n")
    assert make()


def test_a_wheel_that_is_too_large_is_an_error(demo, penstock, small) -> None:
    demo.manifest(small + "policy: {max_size: 1000}\n")
    assert penstock("generate").code == 0
    done = penstock("build")
    assert done.code == 1
    wanted = "demo-1.2.3-py3-none-any.whl is larger than `policy.max_size` allows, 1000 bytes: "
    assert done.err.startswith(wanted)


# --- sdist ---------------------------------------------------------------------------------------------------


def test_the_wheel_that_is_built_from_the_sdist_is_the_wheel(make, tmp_path) -> None:
    from hatchling.builders.wheel import WheelBuilder

    wheel, sdist = make("--output", "wheel,sdist")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (built,) = WheelBuilder(str(tmp_path / "unpacked/demo-1.2.3")).build(
        directory=str(tmp_path / "again"), versions=["standard"]
    )
    assert Path(built).read_bytes() == wheel.read_bytes()


def test_an_sdist_of_everything_is_refused(demo, penstock, small) -> None:
    demo.manifest(small.replace("  output_path: out", "  output_path: out\n  embed: all"))
    assert penstock("generate").code == 0
    done = penstock("build", "--output", "sdist")
    assert (done.code, done.err) == (
        1,
        (
            "a source distribution cannot carry compiled packages: `dist.embed` is `all`\n\n"
            "hint: set `dist.embed: components`\n"
        ),
    )


# --- wheelhouse ----------------------------------------------------------------------------------------------


def apart() -> list[str]:
    """A command prefix that takes the network away; skips where the kernel does not allow it."""
    prefix = ["unshare", "--net", "--map-root-user"]
    if shutil.which("unshare") is None or run(*prefix, "true").returncode:
        pytest.skip("this machine makes no network namespaces")
    return prefix


@pytest.mark.parametrize("embed", ["components", "none", "all"])
def test_b_65_the_wheelhouse_installs_without_a_network(make, demo, small, tmp_path, embed: str) -> None:
    demo.manifest(small.replace("  output_path: out", f"  output_path: out\n  embed: {embed}"))
    (wheelhouse,) = make("--output", "wheelhouse")
    uv, venv = Path(sys.executable).with_name("uv"), tmp_path / "venv"
    said(uv, "venv", "-q", "--python", sys.executable, venv)
    pip = [sys.executable, "-m", "pip", "--python", venv / "bin/python", "install", "-q"]
    pip += [
        "--no-index",
        "--require-hashes",
        "--find-links",
        wheelhouse,
        "-r",
        wheelhouse / "requirements.txt",
    ]
    said(*apart(), *pip, env=PLAIN)
    assert said(venv / "bin/demo", "components", env=PLAIN) == LISTED


# --- pex -----------------------------------------------------------------------------------------------------


@pytest.mark.skipif(find_spec("pex") is None, reason="the library pex is not installed")
def test_b_67_the_pex_starts_lists_the_components_and_is_stable(make, demo, tmp_path, monkeypatch) -> None:
    first, second = twice(make, demo, tmp_path, monkeypatch, "pex")
    environment = {
        **PLAIN,
        "PEX_ROOT": str(tmp_path / "pex-root"),
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
    }
    assert said(first, "--version", env=environment) == "demo 1.2.3\n"
    assert said(first, "components", env=environment) == LISTED
    assert content(first) == content(second)


def test_b_67_without_the_library_there_is_one_line(demo, penstock, monkeypatch) -> None:
    from penstock_builder.outputs import pex

    monkeypatch.setattr(pex, "find_spec", lambda name: None)
    assert penstock("generate").code == 0
    done = penstock("build", "--output", "pex")
    assert (done.code, done.err) == (
        3,
        "pex is not installed\n\nhint: run: pip install penstock-builder[pex]\n",
    )


def test_a_pex_that_cannot_be_built_says_what_pex_said(demo, penstock, monkeypatch) -> None:
    from penstock_builder.outputs import pex

    monkeypatch.setattr(pex, "_OPTIONS", ("--no-such-option",))
    assert penstock("generate").code == 0
    done = penstock("build", "--output", "pex")
    assert (done.code, "--no-such-option" in done.err) == (1, True)
    assert "the pex cannot be built:\n" in done.err


# --- oci -----------------------------------------------------------------------------------------------------


def blob(layout: Path, digest: str) -> bytes:
    data = (layout / "blobs/sha256" / digest.removeprefix("sha256:")).read_bytes()
    assert f"sha256:{hashlib.sha256(data).hexdigest()}" == digest
    return data


def image(layout: Path) -> tuple[dict, dict]:
    """The manifest and the configuration, with every digest and size checked on the way."""
    assert json.loads((layout / "oci-layout").read_text()) == {"imageLayoutVersion": "1.0.0"}
    index = json.loads((layout / "index.json").read_text())
    assert (index["schemaVersion"], index["mediaType"]) == (2, "application/vnd.oci.image.index.v1+json")
    (entry,) = index["manifests"]
    manifest = json.loads(blob(layout, entry["digest"]))
    config = json.loads(blob(layout, manifest["config"]["digest"]))
    for one in (manifest["config"], *manifest["layers"]):
        assert len(blob(layout, one["digest"])) == one["size"]
    unpacked = [gzip.decompress(blob(layout, one["digest"])) for one in manifest["layers"]]
    differences = [f"sha256:{hashlib.sha256(one).hexdigest()}" for one in unpacked]
    assert config["rootfs"] == {"type": "layers", "diff_ids": differences}
    return manifest, config


def layers(layout: Path) -> list[list[tarfile.TarInfo]]:
    manifest, _ = image(layout)
    found = []
    for one in manifest["layers"]:
        with tarfile.open(fileobj=io.BytesIO(gzip.decompress(blob(layout, one["digest"])))) as archive:
            found.append(archive.getmembers())
    return found


def test_b_68_the_layout_keeps_the_rules_of_the_image_format(make) -> None:
    (layout,) = make("--output", "oci")
    manifest, config = image(layout)
    assert {one["mediaType"] for one in manifest["layers"]} == {"application/vnd.oci.image.layer.v1.tar+gzip"}
    assert (config["os"], config["architecture"]) == (
        "linux",
        {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine],
    )
    assert config["config"]["User"] == "10001:10001"
    assert config["config"]["Entrypoint"] == ["python3", "/opt/demo/bin/demo"]
    assert config["config"]["Labels"] == {
        "org.opencontainers.image.base.name": f"python:3.{sys.version_info.minor}-slim",
        "org.opencontainers.image.created": "2020-02-02T00:00:00Z",
        "org.opencontainers.image.description": "a demo",
        "org.opencontainers.image.title": "demo",
        "org.opencontainers.image.version": "1.2.3",
    }
    for layer in layers(layout):
        names = [one.name for one in layer]
        assert names == sorted(names, key=Path)
        assert {one.mtime for one in layer} == {1580601600}


@pytest.mark.skipif(shutil.which("skopeo") is None, reason="skopeo is not installed")
def test_b_68_a_standard_reader_opens_the_layout(make, tmp_path) -> None:
    (layout,) = make("--output", "oci")
    seen = json.loads(said("skopeo", "inspect", f"oci:{layout}"))
    manifest, config = image(layout)
    assert seen["Labels"] == config["config"]["Labels"]
    assert seen["Layers"] == [one["digest"] for one in manifest["layers"]]
    said("skopeo", "copy", "--insecure-policy", "--quiet", f"oci:{layout}", f"oci:{tmp_path}/copy:1")
    assert json.loads(said("skopeo", "inspect", "--raw", f"oci:{tmp_path}/copy:1")) == manifest


@pytest.mark.skipif(shutil.which("umoci") is None, reason="umoci is not installed")
def test_b_68_a_standard_tool_unpacks_the_layers(make, tmp_path) -> None:
    (layout,) = make("--output", "oci")
    copy = shutil.copytree(layout, tmp_path / "copy")
    index = json.loads((copy / "index.json").read_text())
    index["manifests"][0].setdefault("annotations", {})["org.opencontainers.image.ref.name"] = "1"
    (copy / "index.json").write_text(json.dumps(index))
    rootless = [] if os.getuid() == 0 else ["--rootless"]
    said("umoci", "unpack", *rootless, "--image", f"{copy}:1", str(tmp_path / "bundle"))
    assert (tmp_path / "bundle/rootfs/opt/demo/bin/demo").exists()
    process = json.loads((tmp_path / "bundle/config.json").read_text())["process"]
    assert process["args"] == ["python3", "/opt/demo/bin/demo", "--config", "/etc/demo/config.yaml"]


def test_b_68_the_image_starts_as_its_user(make, tmp_path) -> None:
    (layout,) = make("--output", "oci")
    root = tmp_path / "root"
    manifest, config = image(layout)
    for one in manifest["layers"]:
        with tarfile.open(fileobj=io.BytesIO(gzip.decompress(blob(layout, one["digest"])))) as archive:
            archive.extractall(root, filter="tar")
    user = {}
    if os.getuid() == 0:
        for folder in (tmp_path, *tmp_path.parents):
            if folder != Path("/") and folder.stat().st_mode & 0o1 == 0:
                folder.chmod(folder.stat().st_mode | 0o11)
        user = {"user": 10001, "group": 10001, "extra_groups": []}
        assert (root / "var/lib/demo").stat().st_uid == 10001
    python = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable
    program = f"{root}{config['config']['Entrypoint'][1]}"
    assert said(python, program, "components", env=PLAIN, **user) == LISTED


def test_b_68_the_image_is_built_upon_the_layers_of_a_base(make, demo, tmp_path) -> None:
    (base,) = make("--output", "oci")
    base = base.rename(tmp_path / "base")
    (layout,) = make("--output", "oci", "--oci-base", str(base))
    below, _ = image(base)
    above, config = image(layout)
    assert above["layers"][: len(below["layers"])] == below["layers"]
    assert len(above["layers"]) == 2 * len(below["layers"])
    assert "org.opencontainers.image.base.name" not in config["config"]["Labels"]


def test_a_base_that_is_no_layout_is_one_message(demo, penstock, tmp_path) -> None:
    assert penstock("generate").code == 0
    done = penstock("build", "--output", "oci", "--oci-base", str(tmp_path))
    assert (done.code, done.err.startswith(f"{tmp_path}: is not an OCI image layout: ")) == (1, True)


def test_a_base_with_a_wrong_blob_is_refused(make, demo, penstock, tmp_path) -> None:
    (base,) = make("--output", "oci")
    base = base.rename(tmp_path / "base")
    manifest, _ = image(base)
    digest = manifest["layers"][0]["digest"]
    (base / "blobs/sha256" / digest.removeprefix("sha256:")).write_bytes(b"")
    done = penstock("build", "--output", "oci", "--oci-base", str(base))
    assert (done.code, done.err) == (1, f"{base}: a blob is not what its name says: {digest}\n")


# --- everything embedded, native code ------------------------------------------------------------------------


@pytest.fixture
def native(demo, small) -> str:
    """The demo with everything embedded, and a compiled package."""
    machine = os.uname().machine
    python = f"cp3{sys.version_info.minor}"
    tag = f"{python}-{python}-manylinux_2_17_{machine}"
    for file in demo.links.glob("pebble-*"):
        file.unlink()
    demo.wheel("pebble", "1.1", tag=tag, files={"pebble/fast.so": "\x7fELF"})
    return small.replace("  output_path: out", "  output_path: out\n  embed: all")


def test_b_69_compiled_code_without_permission_is_an_error_that_names_the_wheel(
    demo, native, penstock
) -> None:
    demo.manifest(native)
    assert penstock("generate").code == 0
    done = penstock("build")
    assert (done.code, done.err) == (
        1,
        (
            "compiled for one platform, and `dist.allow_native` is false: pebble-1.1\n\n"
            "hint: set `dist.allow_native: true`, or `dist.embed: components`\n"
        ),
    )


def test_b_69_with_permission_the_wheel_is_for_the_platform(demo, native, make) -> None:
    demo.manifest(native.replace("embed: all", "embed: all\n  allow_native: true"))
    (wheel,) = make()
    python = f"cp3{sys.version_info.minor}"
    assert wheel.name == f"demo-1.2.3-{python}-{python}-manylinux_2_17_{os.uname().machine}.whl"
    with zipfile.ZipFile(wheel) as archive:
        assert "demo/_embedded/pebble/fast.so" in archive.namelist()
        assert "Requires-Dist" not in archive.read("demo-1.2.3.dist-info/METADATA").decode()
        assert "Root-Is-Purelib: false" in archive.read("demo-1.2.3.dist-info/WHEEL").decode()


def test_everything_embedded_and_nothing_compiled_is_a_wheel_for_every_platform(demo, small, make) -> None:
    demo.manifest(small.replace("  output_path: out", "  output_path: out\n  embed: all"))
    (wheel,) = make()
    assert wheel.name == "demo-1.2.3-py3-none-any.whl"


def test_b_69_a_platform_without_a_wheel_is_an_error_that_says_what_there_is(demo, native, penstock) -> None:
    demo.manifest(
        native.replace("embed: all", "embed: all\n  allow_native: true") + "platforms: [macos-arm64]\n"
    )
    assert penstock("generate").code == 0
    done = penstock("build")
    assert done.code == 1
    assert f"manylinux_2_17_{os.uname().machine}" in done.err
    assert "pebble" in done.err


def test_outputs_of_several_platforms_are_told_apart_by_name(make, demo, small) -> None:
    demo.manifest(small + "platforms: [linux-x86_64, macos-arm64]\n")
    assert [one.name for one in make("--output", "wheel,wheelhouse")] == [
        "demo-1.2.3-py3-none-any.whl",
        "demo-1.2.3-wheelhouse-linux-x86_64",
        "demo-1.2.3-wheelhouse-macos-arm64",
    ]


def test_what_is_made_for_linux_is_made_for_the_platforms_that_are(make, demo, small) -> None:
    demo.manifest(small + "platforms: [macos-arm64, linux-aarch64, windows-x86_64]\n")
    assert [one.name for one in make("--output", "oci,deb")] == [
        "demo-1.2.3-oci-linux-aarch64",
        "demo_1.2.3_all.deb",
    ]


def test_without_a_linux_among_the_platforms_there_is_one_line(demo, small, penstock) -> None:
    demo.manifest(small + "platforms: [macos-arm64]\n")
    assert penstock("generate").code == 0
    done = penstock("build", "--output", "deb")
    assert (done.code, done.err) == (
        1,
        "is made for Linux, and no platform is one: deb\n\nhint: add one to `platforms`\n",
    )


@pytest.mark.parametrize("kind", ["wheelhouse", "deb"])
def test_b_69_a_package_without_a_wheel_is_never_compiled_here(demo, penstock, kind: str) -> None:
    about = "Metadata-Version: 2.2\nName: quartz\nVersion: 1.0\n"
    files = {
        "PKG-INFO": about,
        "pyproject.toml": "[project]\nname = 'quartz'\nversion = '1.0'\n",
        "setup.py": "1 / 0",
    }
    with tarfile.open(demo.links / "quartz-1.0.tar.gz", "w:gz") as archive:
        for name, text in files.items():
            info = tarfile.TarInfo(f"quartz-1.0/{name}")
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    demo.component("receiver", "otlp", requires=("penstock-api==0.1.0", "quartz"))
    generated = penstock("generate")
    assert generated.code == 0, generated.err
    done = penstock("build", "--output", kind)
    assert (done.code, "quartz" in done.err, "ZeroDivisionError" in done.err) == (1, True, False)
