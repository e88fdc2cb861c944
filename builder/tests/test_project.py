"""What is read from a component's own pyproject.toml."""

from pathlib import Path

import pytest

from penstock_builder.project import ProjectError, read_project


def refused(tmp_path: Path, text: str) -> str:
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(ProjectError) as caught:
        read_project(tmp_path, "x")
    return str(caught.value).replace(str(tmp_path), "")


def test_the_static_table_is_read(world) -> None:
    root = world.component(
        "provider",
        "http",
        points={"penstock.provider": {"http": "m:a", "https": "m:b"}},
        extras={"x": ["gravel"]},
    )
    (root / "src/penstock_provider_http/config.schema.json").write_text('{"type": "object"}')
    project = read_project(root, "components/provider/http")
    assert (project.name, project.version, project.path) == (
        "penstock-provider-http",
        "0.1.0",
        "components/provider/http",
    )
    assert project.entry_points == {"penstock.provider": {"http": "m:a", "https": "m:b"}}
    assert [str(one) for one in project.dependencies] == ["penstock-api==0.1.0"]
    assert {name: [str(one) for one in wanted] for name, wanted in project.extras.items()} == {
        "x": ["gravel"]
    }
    assert project.schemas == {"penstock_provider_http": '{"type": "object"}'}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[project", "/pyproject.toml: Expected ']' at the end of a table declaration"),
        ("", "/pyproject.toml: has no [project] table"),
        (
            '[project]\nname = "a"\ndynamic = ["version"]\n',
            "/pyproject.toml: must be written down, not dynamic: version",
        ),
        ("[project]\n", "`project.name` must be text"),
        ('[project]\nname = "a"\n', "`project.version` must be text"),
        ('[project]\nname = "a b"\nversion = "1"\n', "/pyproject.toml: name is invalid: 'a b'"),
        ('[project]\nname = "a"\nversion = "x"\n', "/pyproject.toml: Invalid version: 'x'"),
        (
            '[project]\nname = "a"\nversion = "1"\nrequires-python = "x"\n',
            "/pyproject.toml: Invalid specifier: 'x'",
        ),
        (
            '[project]\nname = "a"\nversion = "1"\ndependencies = "x"\n',
            "`project.dependencies` must be a list",
        ),
        (
            '[project]\nname = "a"\nversion = "1"\ndependencies = ["a b"]\n',
            "`project.dependencies`: Expected semicolon (after name with no version specifier) or end",
        ),
        (
            '[project]\nname = "a"\nversion = "1"\noptional-dependencies = []\n',
            "`project.optional-dependencies` must be a table",
        ),
        (
            '[project]\nname = "a"\nversion = "1"\nentry-points = {a = "b"}\n',
            "`project.entry-points` must be a table of tables",
        ),
    ],
)
def test_a_project_that_says_too_little_is_refused(tmp_path: Path, text: str, what: str) -> None:
    assert refused(tmp_path, text).startswith(what)


def test_a_folder_without_a_project_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=f"no pyproject.toml in the folder: {tmp_path}"):
        read_project(tmp_path, "x")
    with pytest.raises(ProjectError, match=f"no such folder: {tmp_path}/y"):
        read_project(tmp_path / "y", "y")


@pytest.mark.parametrize(("text", "what"), [("{", "Expecting property name"), ("[]", "is not a JSON object")])
def test_a_broken_schema_is_refused(world, text: str, what: str) -> None:
    root = world.component("receiver", "otlp")
    (root / "src/penstock_receiver_otlp/config.schema.json").write_text(text)
    with pytest.raises(ProjectError, match=f"config.schema.json: {what}"):
        read_project(root, "x")
