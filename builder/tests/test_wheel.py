"""The in-process wheel build."""

import zipfile
from pathlib import Path

import pytest

from penstock_builder.errors import BuildError, ToolError
from penstock_builder.wheel import build_wheel, epoch


def project(folder: Path) -> Path:
    package = folder / "src" / "thing"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "thing"\nversion = "1"\n[tool.hatch.build]\nignore-vcs = true\n'
        '[tool.hatch.build.targets.wheel]\npackages = ["src/thing"]\n'
    )
    return folder


@pytest.mark.parametrize("value", ["", "now", "-1", "1.5", "0x10", "\u0661"])
def test_a_time_that_is_no_number_is_refused(value: str) -> None:
    with pytest.raises(BuildError, match="SOURCE_DATE_EPOCH must be a number of seconds: "):
        epoch(value)


@pytest.mark.parametrize("value", ["0", "315532799", "4354819200", "9" * 30])
def test_a_time_that_no_zip_file_can_hold_is_refused(value: str) -> None:
    with pytest.raises(BuildError, match="SOURCE_DATE_EPOCH must lie between 1980 and 2107: "):
        epoch(value)


def test_modes_and_times_of_the_sources_do_not_matter(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    first = build_wheel(project(tmp_path / "a"), tmp_path / "1").read_bytes()
    other = project(tmp_path / "b")
    (other / "src/thing/__init__.py").chmod(0o777)
    (other / "src").chmod(0o700)
    assert build_wheel(other, tmp_path / "2").read_bytes() == first


def test_b_61_source_date_epoch_is_the_time_of_every_file(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    with zipfile.ZipFile(build_wheel(project(tmp_path / "a"), tmp_path / "1")) as archive:
        assert {info.date_time for info in archive.infolist()} == {(2023, 11, 14, 22, 13, 20)}


def test_a_repository_that_ignores_folders_ignores_nothing_of_a_wheel(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("build/\n")
    root = project(tmp_path / "a")
    (root / "src/thing/build").mkdir()
    (root / "src/thing/build/x.py").write_text("")
    with zipfile.ZipFile(build_wheel(root, tmp_path / "1")) as archive:
        assert "thing/build/x.py" in archive.namelist()


def test_settings_of_hatch_in_the_environment_do_not_matter(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("HATCH_BUILD_LOCATION", str(tmp_path / "elsewhere"))
    assert build_wheel(project(tmp_path / "a"), tmp_path / "1").parent == tmp_path / "1"


def test_another_hatchling_is_refused(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("hatchling.__about__.__version__", "1.0")
    with pytest.raises(ToolError) as caught:
        build_wheel(project(tmp_path / "a"), tmp_path / "1")
    assert str(caught.value) == (
        "hatchling 1.33.0 is needed, found: 1.0\n\nhint: install penstock-builder again"
    )


def test_anything_but_one_wheel_is_refused(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("hatchling.builders.wheel.WheelBuilder.build", lambda *_, **__: iter(()))
    with pytest.raises(BuildError, match="hatchling made 0 wheels instead of one"):
        build_wheel(project(tmp_path / "a"), tmp_path / "1")
