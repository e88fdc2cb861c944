"""What was built from the same is not built again."""

import json
import os

import pytest

from penstock_builder.reuse import _project, _UnknownError


@pytest.fixture
def built(demo, penstock):
    """A wheel in `dist/`; builds again, and says whether it was there already."""
    assert penstock("generate").code == 0
    assert penstock("build").code == 0

    def again(*words) -> bool:
        done = penstock("build", "--json", *words)
        assert done.code == 0, done.err
        report = json.loads(done.out)
        assert report["artifacts"][0]["path"].endswith("dist/demo-1.2.3-py3-none-any.whl")
        assert ("wheel" in {one["step"] for one in report["steps"]}) != report["reused"]
        return report["reused"]

    return again


def wheel(demo):
    return demo.root / "dist/demo-1.2.3-py3-none-any.whl"


def test_nothing_is_built_when_nothing_changed(built, demo, penstock) -> None:
    before = wheel(demo).stat()
    assert built()
    assert wheel(demo).stat() == before
    done = penstock("build")
    assert done.err.startswith("nothing to build: everything is there\nsha256 ")
    assert done.out == "dist/demo-1.2.3-py3-none-any.whl\n"


def test_an_edited_source_is_built(built, demo) -> None:
    source = demo.root / "components/receiver/otlp/src/penstock_receiver_otlp/__init__.py"
    stat = source.stat()
    source.write_text(source.read_text().replace("otlp", "OTLP"))
    os.utime(source, (stat.st_atime, stat.st_mtime))
    assert not built()
    assert built()


@pytest.mark.parametrize(
    "change",
    [
        lambda demo: wheel(demo).unlink(),
        lambda demo: wheel(demo).write_bytes(b"damaged"),
        lambda demo: [one.unlink() for one in (demo.root.parent / "penstock-cache/built").iterdir()],
        lambda demo: [one.write_text("{") for one in (demo.root.parent / "penstock-cache/built").iterdir()],
        lambda demo: (demo.root / "components/exporter/debug/src/penstock_exporter_debug/new.py").write_text(
            ""
        ),
        lambda demo: (demo.root / "components/core/api/pyproject.toml").chmod(0o755),
    ],
    ids=["output gone", "output damaged", "note gone", "note damaged", "new file", "other mode"],
)
def test_what_is_not_as_noted_is_built(built, demo, change) -> None:
    change(demo)
    assert not built()


@pytest.mark.parametrize("words", [["--rebuild"], ["--boot-test"], ["--output", "wheel,sdist"]])
def test_what_is_asked_for_is_built(built, words) -> None:
    assert not built(*words)


def test_another_time_is_another_build(built, monkeypatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert not built()


def test_another_folder_is_filled(built, demo, penstock) -> None:
    assert penstock("build", "--wheel-dir", "elsewhere").code == 0
    assert (demo.root / "elsewhere" / wheel(demo).name).read_bytes() == wheel(demo).read_bytes()


@pytest.mark.parametrize("backend", ['build-backend = "hatchling.build"', ""], ids=["hatchling", "none"])
def test_of_another_backend_it_is_unknown_what_it_reads(demo, backend) -> None:
    file = demo.root / "components/receiver/otlp/pyproject.toml"
    assert list(_project(file.parent))
    file.write_text(file.read_text().replace('build-backend = "uv_build"', backend))
    with pytest.raises(_UnknownError):
        list(_project(file.parent))


def test_a_link_leads_to_what_is_not_looked_at(built, demo) -> None:
    link = demo.root / "components/receiver/otlp/src/penstock_receiver_otlp/more.py"
    (demo.root / "more.py").write_text("")
    link.symlink_to(demo.root / "more.py")
    assert not built()
    assert not built()


def test_the_warnings_of_the_build_are_repeated(demo, penstock) -> None:
    demo.wheel("pebble", "1.1", licence="")
    demo.manifest((demo.root / "builder-manifest.yaml").read_text() + "outputs: [wheelhouse]\n")
    assert penstock("generate").code == 0
    first, second = (penstock("build").err for _ in range(2))
    assert "warning: pebble 1.1: has no licence data\n" in first
    assert "warning: pebble 1.1: has no licence data\nnothing to build" in second


def test_a_cache_that_cannot_be_written_costs_time_only(demo, penstock, monkeypatch, tmp_path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PENSTOCK_CACHE_DIR", str(tmp_path / "file/cache"))
    assert penstock("generate").code == 0
    for _ in range(2):
        done = penstock("build")
        assert done.code == 0
        assert "nothing to build" not in done.err
