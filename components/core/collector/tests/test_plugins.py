"""Components from a folder: only when it is named, and never in place of what a distribution carries."""

import sys

import pytest

from penstock_api import Components, ConfigError, Registered
from penstock_collector.plugins import with_plugins

VARIABLE = "EDGE_PLUGINS"
CARRIED = Components(
    receivers=(Registered(name="otlp", target="a:b", project="penstock-receiver-otlp", version="0.1.0"),)
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder that is named, and to which `install` adds projects."""
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    monkeypatch.setenv(VARIABLE, str(plugins))
    monkeypatch.setattr(sys, "path", list(sys.path))
    return plugins


def install(folder, name, *, points, requires=(), version="1.0"):
    module = name.replace("-", "_")
    (folder / f"{module}.py").write_text(f"factory = {name!r}\n")
    info = folder / f"{module}-{version}.dist-info"
    info.mkdir()
    head = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    (info / "METADATA").write_text(head + "".join(f"Requires-Dist: {one}\n" for one in requires))
    lines = [f"[penstock.{kind}]\n{id_} = {module}:factory\n" for kind, id_ in points]
    (info / "entry_points.txt").write_text("".join(lines))


def joined() -> Components:
    return with_plugins(lambda: CARRIED, VARIABLE)()


def test_without_the_variable_nothing_is_looked_for(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert joined() is CARRIED


def test_what_is_in_the_folder_is_added_and_imported_when_it_is_used(folder):
    install(folder, "acme-receiver-sand", points=[("receiver", "sand")], requires=["acme-x>=1"])
    found = joined()
    assert [(one.name, one.project, one.version) for one in found.receivers] == [
        ("otlp", "penstock-receiver-otlp", "0.1.0"),
        ("sand", "acme-receiver-sand", "1.0"),
    ]
    assert "acme_receiver_sand" not in sys.modules
    assert found.receivers[1].factory == "acme-receiver-sand"
    assert sys.path[-1] == str(folder)
    assert joined().receivers[1].name == "sand"
    assert sys.path.count(str(folder)) == 1


def test_what_is_carried_is_not_replaced(folder):
    install(folder, "acme-receiver-otlp", points=[("receiver", "otlp")])
    with pytest.raises(
        ConfigError,
        match=r"receiver otlp of acme-receiver-otlp is there already, of: penstock-receiver-otlp 0\.1\.0",
    ):
        joined()


def test_two_of_one_name_are_refused(folder):
    install(folder, "acme-a", points=[("exporter", "sand")])
    install(folder, "acme-b", points=[("exporter", "sand")])
    with pytest.raises(ConfigError, match=r"exporter sand of acme-b is there already, of: acme-a 1\.0"):
        joined()


@pytest.mark.parametrize(
    ("requirement", "there"), [("click==0.0.1", r"\d+\.\d+.*"), ("no-such-project==1", "not there")]
)
def test_a_project_that_needs_another_version_is_refused(folder, requirement, there):
    install(folder, "acme-a", points=[("exporter", "sand")], requires=[requirement])
    name, _, version = requirement.partition("==")
    with pytest.raises(ConfigError, match=f"acme-a 1.0 needs {name} {version}, which is: {there}"):
        joined()


def test_requirements_that_are_optional_or_open_are_left_to_the_installer(folder):
    install(
        folder,
        "acme-a",
        points=[("exporter", "sand")],
        requires=["no-such-project==1 ; extra == 'more'", "click>=999", "click==8.*"],
    )
    assert joined().exporters[0].name == "sand"


def test_a_folder_that_is_none_is_told(folder, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(folder / "gone"))
    with pytest.raises(ConfigError, match="EDGE_PLUGINS: cannot be read: No such file or directory: "):
        joined()
    (folder / "file").write_text("")
    monkeypatch.setenv(VARIABLE, str(folder / "file"))
    with pytest.raises(ConfigError, match="EDGE_PLUGINS: is not a folder: "):
        joined()


def test_a_folder_that_everybody_may_write_into_is_refused(folder):
    folder.chmod(0o777)
    with pytest.raises(ConfigError, match="EDGE_PLUGINS: everybody may write into it: "):
        joined()
