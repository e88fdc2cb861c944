"""Where templates are found."""

from pathlib import Path

import pytest

from penstock_builder import templating
from penstock_builder.errors import BuildError
from penstock_builder.templating import find_templates, read_templates


def test_templates_of_the_installed_package_come_first(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "templates/deep").mkdir(parents=True)
    (tmp_path / "templates/deep/a.j2").write_text("x")
    (tmp_path / "templates/notes.txt").write_text("x")
    monkeypatch.setattr(templating, "files", lambda _: tmp_path)
    assert find_templates() == tmp_path / "templates"
    assert read_templates().texts == {"deep/a.j2": "x"}


def test_an_installation_without_templates_is_one_message(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(templating, "files", lambda _: tmp_path)
    monkeypatch.setattr(templating, "__file__", str(tmp_path / "a/b/c/d.py"))
    with pytest.raises(BuildError) as caught:
        find_templates()
    assert str(caught.value) == (
        "this installation of penstock-builder has no templates\n\nhint: install it again"
    )
