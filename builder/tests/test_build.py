"""The wheel: what is in it, and that it is always the same."""

import base64
import csv
import hashlib
import os
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest


@pytest.fixture
def built(demo, penstock):
    def build(*words: str) -> Path:
        assert penstock("generate").code == 0
        done = penstock("build", *words)
        assert (done.code, done.err[:7]) == (0, "sha256 "), done.err
        return Path(done.out.strip())

    return build


def names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_the_wheel_carries_the_package_and_the_components(built, demo) -> None:
    wheel = built()
    assert wheel == Path("dist/demo-1.2.3-py3-none-any.whl")
    dist_info = ("METADATA", "RECORD", "WHEEL")
    embedded = [
        *(f"penstock_{name}-0.1.0.dist-info/{file}" for name in ("api", "collector") for file in dist_info),
        *(
            f"penstock_{name}-0.1.0.dist-info/{file}"
            for name in ("exporter_debug", "receiver_otlp")
            for file in (*dist_info, "entry_points.txt")
        ),
        *(f"penstock_{name}/__init__.py" for name in ("api", "collector", "exporter_debug", "receiver_otlp")),
        "penstock_collector/cli.py",
    ]
    package = ["__init__", "__main__", "buildinfo", "cli", "components"]
    data = ["config.schema.json", "config.yaml", "manifest.resolved.yaml", "py.typed", "requirements.lock"]
    assert sorted(names(wheel)) == sorted(
        [
            *(f"demo/_embedded/{name}" for name in embedded),
            *(f"demo/{name}.py" for name in package),
            *(f"demo/{name}" for name in data),
            *(f"demo-1.2.3.dist-info/{name}" for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt")),
            "demo-1.2.3.dist-info/licenses/THIRD_PARTY_NOTICES.txt",
            "demo-1.2.3.dist-info/sboms/penstock.cdx.json",
        ]
    )


def test_the_wheel_needs_only_pinned_third_party_packages(built) -> None:
    with zipfile.ZipFile(built()) as archive:
        metadata = Parser().parsestr(archive.read("demo-1.2.3.dist-info/METADATA").decode())
    assert metadata.get_all("Requires-Dist") == ["pebble==1.1"]
    assert metadata["Metadata-Version"] == "2.4"


def test_without_embedding_the_wheel_has_the_package_alone(built, demo, small) -> None:
    demo.manifest(small.replace("  output_path: out", "  output_path: out\n  embed: none"))
    assert not [name for name in names(built()) if "_embedded" in name]


@pytest.mark.parametrize("inner", [True, False])
def test_b_62_every_record_tells_the_truth(built, inner: bool) -> None:
    with zipfile.ZipFile(built()) as archive:
        for record in [
            name for name in archive.namelist() if name.endswith("/RECORD") and ("_embedded" in name) is inner
        ]:
            root = "demo/_embedded/" if inner else ""
            for path, digest, size in csv.reader(archive.read(record).decode().splitlines()):
                data = archive.read(root + path)
                if digest:
                    wanted = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
                    assert (digest, size) == (f"sha256={wanted}", str(len(data)))


def test_no_absolute_path_and_no_time_of_this_machine_is_in_the_wheel(built, demo) -> None:
    with zipfile.ZipFile(built()) as archive:
        text = b"".join(archive.read(name) for name in archive.namelist())
        assert {info.date_time for info in archive.infolist()} == {(2020, 2, 2, 0, 0, 0)}
    assert str(demo.root).encode() not in text
    assert b"file://" not in text


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_b_60_the_same_bytes_with_each_umask(
    built, demo, tmp_path, monkeypatch, penstock, umask: int
) -> None:
    first = built().read_bytes()
    moved = tmp_path / "another place"
    demo.root.rename(moved)
    monkeypatch.chdir(moved)
    before = os.umask(umask)
    try:
        for file in moved.rglob("*.py"):
            file.touch()
        assert penstock("build", "--wheel-dir", str(tmp_path / "w")).code == 0
    finally:
        os.umask(before)
    assert (tmp_path / "w/demo-1.2.3-py3-none-any.whl").read_bytes() == first


@pytest.mark.parametrize("offline", [True, False])
def test_an_edited_source_is_in_the_next_wheel(built, demo, penstock, monkeypatch, offline: bool) -> None:
    built()
    if not offline:
        monkeypatch.delenv("UV_OFFLINE")
    source = demo.root / "components/receiver/otlp/src/penstock_receiver_otlp/__init__.py"
    source.write_text("factory = 'edited'\n")
    with zipfile.ZipFile(Path(penstock("build").out.strip())) as archive:
        assert archive.read("demo/_embedded/penstock_receiver_otlp/__init__.py") == b"factory = 'edited'\n"


def test_scripts_of_components_are_left_out(built, demo) -> None:
    demo.component("exporter", "debug", extra='[project.scripts]\nx = "penstock_exporter_debug:factory"')
    wheel = built()
    assert not [name for name in names(wheel) if "/bin/" in name]
    with zipfile.ZipFile(wheel) as archive:
        assert b"bin/x" not in archive.read("demo/_embedded/penstock_exporter_debug-0.1.0.dist-info/RECORD")


def test_a_component_of_an_index_travels_too(built, demo, small) -> None:
    demo.wheel("penstock_connector_acme", "1.0", requires=("penstock-api==0.1.0",), code="factory = 1\n")
    demo.manifest(small + "connectors:\n  - package: penstock-connector-acme == 1.0\n")
    wheel = built()
    assert "demo/_embedded/penstock_connector_acme/__init__.py" in names(wheel)
    with zipfile.ZipFile(wheel) as archive:
        assert b"acme" not in archive.read("demo-1.2.3.dist-info/METADATA").split(b"\n\n")[0]


def test_a_broken_component_is_one_message(demo, penstock) -> None:
    assert penstock("generate").code == 0
    (demo.root / "components/receiver/otlp/src/penstock_receiver_otlp/__init__.py").unlink()
    done = penstock("build")
    assert done.code == 1
    assert done.err.startswith("the components cannot be installed:\n")
    assert "penstock-receiver-otlp" in done.err
    assert not (demo.root / "dist").exists()


def test_nothing_is_left_in_the_temporary_folder(built, tmp_path, monkeypatch) -> None:
    import tempfile

    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    built()
    assert list(scratch.iterdir()) == []


def test_b_61_a_wrong_source_date_epoch_stops_the_build_at_once(demo, penstock, monkeypatch) -> None:
    assert penstock("generate").code == 0
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "now")
    done = penstock("build")
    assert (done.code, done.err) == (
        1,
        "SOURCE_DATE_EPOCH must be a number of seconds: 'now'\n\nhint: unset it for a fixed date\n",
    )


def test_a_wheel_folder_that_is_a_file_is_one_message(demo, penstock) -> None:
    assert penstock("generate").code == 0
    (demo.root / "dist").write_text("")
    done = penstock("build")
    assert (done.code, done.err) == (1, "dist: cannot be written: File exists\n")


def test_compiled_code_is_not_embedded(demo, penstock) -> None:
    assert penstock("generate").code == 0
    (demo.root / "components/receiver/otlp/src/penstock_receiver_otlp/fast.so").write_bytes(b"")
    done = penstock("build")
    assert (done.code, done.err) == (
        1,
        (
            "a component has compiled code, which cannot be embedded: penstock_receiver_otlp/fast.so\n\n"
            "hint: set `dist.allow_native: true`, or `dist.embed: none`\n"
        ),
    )


def test_two_projects_with_one_file_are_named(demo, penstock, small) -> None:
    points = {"penstock.exporter": {"debug2": "penstock_exporter_debug:factory"}}
    build = '[tool.uv.build-backend]\nmodule-name = "penstock_exporter_debug"'
    fork = demo.project("fork", "fork", points=points, extra=build)
    (fork / "src/fork").rename(fork / "src/penstock_exporter_debug")
    demo.manifest(small.replace("replaces:", "  - {package: fork, path: fork}\nreplaces:"))
    assert penstock("generate").code == 0
    done = penstock("build")
    assert (done.code, done.err) == (
        1,
        "fork and penstock_exporter_debug install the same file: penstock_exporter_debug/__init__.py\n",
    )
