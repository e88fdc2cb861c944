"""`markers`: components that a distribution has on some platforms only."""

import json
import sys
import zipfile

import pytest

HERE = f"sys_platform == '{sys.platform}'"
ELSEWHERE = "sys_platform == 'nowhere'"
SPELT = 'sys_platform == "nowhere"'


@pytest.fixture
def mixed(demo, small):
    """An exporter that is nowhere, with a package of its own, and a processor from the index that is here."""
    demo.wheel("granite", "1.0")
    demo.component("exporter", "file", requires=("penstock-api==0.1.0", "granite>=1", "pebble>=1"))
    points = {"{info}/entry_points.txt": "[penstock.processor]\nclay = penstock_processor_clay:factory\n"}
    demo.wheel("penstock_processor_clay", "2.0", code="factory = 'clay'\n", files=points)
    exporter = (
        f'  - {{package: penstock-exporter-file, path: components/exporter/file, markers: "{ELSEWHERE}"}}\n'
    )
    text = small.replace("replaces:\n", f"{exporter}replaces:\n")
    text += f'processors:\n  - {{package: penstock-processor-clay == 2.0, markers: "{HERE}"}}\n'
    demo.manifest(text)
    return demo


def run(world, module: str) -> dict:
    names: dict = {}
    exec(compile(world.read(f"src/demo/{module}.py"), module, "exec"), names)
    return names


def registered(world, monkeypatch) -> list[str]:
    """The names of the components that the rendered module lists on this machine."""
    monkeypatch.syspath_prepend(str(world.root / "components/core/api/src"))
    for name in [one for one in sys.modules if one.partition(".")[0] == "penstock_api"]:
        monkeypatch.delitem(sys.modules, name)
    found = run(world, "components")["components"]()
    monkeypatch.delitem(sys.modules, "penstock_api")
    return [one.name for one in (*found.receivers, *found.processors, *found.exporters)]


def test_a_component_is_listed_where_its_condition_holds(mixed, penstock, monkeypatch) -> None:
    assert penstock("generate").code == 0
    assert registered(mixed, monkeypatch) == ["otlp", "clay", "debug"]
    mixed.manifest(
        (mixed.root / "builder-manifest.yaml").read_text().replace("'nowhere'", f"'{sys.platform}'")
    )
    assert penstock("generate").code == 0
    assert registered(mixed, monkeypatch) == ["otlp", "clay", "debug", "file"]


def test_the_lock_has_what_only_it_needs_under_its_condition(mixed, penstock) -> None:
    assert penstock("generate").code == 0
    pins = [line.rstrip(" \\") for line in mixed.read("requirements.lock").splitlines() if "==" in line]
    assert [line for line in pins if line[0] not in "# "] == [
        f"granite==1.0 ; {ELSEWHERE}",
        "pebble==1.1",
        f"penstock-processor-clay==2.0 ; {HERE}",
    ]
    assert penstock("check").code == 0


def test_the_plan_says_where_a_component_is(mixed, penstock) -> None:
    penstock("lock")
    assert f"only where {SPELT}" in penstock("plan").out
    report = json.loads(penstock("plan", "--json").out)
    conditions = {one["name"]: one["condition"] for one in report["components"]}
    assert (conditions["file"], conditions["debug"]) == (SPELT, "")
    assert {one["name"]: one["condition"] for one in report["projects"]}["penstock-exporter-file"] == SPELT


def test_what_is_rendered_tells_the_reader(mixed, penstock) -> None:
    assert penstock("generate").code == 0
    assert 'markers: "sys_platform == \\"nowhere\\""' in mixed.read("manifest.resolved.yaml")
    assert '0.1.0, markers: sys\\_platform == "nowhere" |' in mixed.read("README.md")
    assert "file" not in mixed.read("config.yaml")
    assert '"^(file)(/[^/]+)?$"' in mixed.read("config.schema.json")


def test_the_wheel_carries_every_component_and_is_for_every_platform(mixed, make) -> None:
    (wheel,) = make()
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        bill = json.loads(archive.read("demo-1.2.3.dist-info/sboms/penstock.cdx.json"))
        metadata = archive.read("demo-1.2.3.dist-info/METADATA").decode()
    assert wheel.name.endswith("-py3-none-any.whl")
    assert {"demo/_embedded/penstock_exporter_file/__init__.py"} < set(names)
    assert "demo/_embedded/penstock_processor_clay/__init__.py" in names
    assert f"Requires-Dist: granite==1.0; {ELSEWHERE}" in metadata
    (found,) = [one for one in bill["components"] if one["name"] == "penstock-exporter-file"]
    assert {"name": "penstock:marker", "value": SPELT} in found["properties"]


def test_a_component_of_an_index_that_is_nowhere_travels_too(mixed, make) -> None:
    text = (mixed.root / "builder-manifest.yaml").read_text()
    mixed.manifest(text.replace(f"'{sys.platform}'", "'nowhere'"))
    (wheel,) = make()
    with zipfile.ZipFile(wheel) as archive:
        assert "demo/_embedded/penstock_processor_clay/__init__.py" in archive.namelist()


def test_without_embedding_its_project_is_required_under_the_condition(mixed, make) -> None:
    text = (mixed.root / "builder-manifest.yaml").read_text()
    mixed.manifest(text.replace("output_path: out", "output_path: out\n  embed: none"))
    (wheelhouse,) = make("--output", "wheelhouse")
    quoted = SPELT.replace('"', '\\"')
    assert f'"penstock-exporter-file==0.1.0 ; {quoted}"' in mixed.read("pyproject.toml")
    names = {file.name.partition("-")[0] for file in wheelhouse.glob("*.whl")}
    assert "penstock_exporter_debug" in names
    assert not {"penstock_exporter_file", "granite"} & names


def test_a_fetched_component_is_locked_under_its_condition(mixed, make) -> None:
    mixed.wheel("penstock_processor_loam", "3.0", requires=("gravel",))
    mixed.wheel("gravel", "1.0")
    file = mixed.links / "penstock_processor_loam-3.0-py3-none-any.whl"
    url = f"url: 'file://{file}', sha256: {mixed.digest('penstock_processor_loam', '3.0')}"
    text = (mixed.root / "builder-manifest.yaml").read_text()
    mixed.manifest(f'{text}  - {{package: penstock-processor-loam, {url}, markers: "{ELSEWHERE}"}}\n')
    (wheel,) = make()
    assert f"gravel==1.0 ; {ELSEWHERE}" in mixed.read("requirements.lock")
    with zipfile.ZipFile(wheel) as archive:
        assert "demo/_embedded/penstock_processor_loam/__init__.py" in archive.namelist()


def test_a_project_that_is_also_needed_elsewhere_has_no_condition(mixed, penstock, small) -> None:
    text = small.replace(
        "path: components/exporter/debug", f'path: components/exporter/debug, markers: "{HERE}"'
    )
    text = small.replace(
        "  - package: penstock-exporter-debug == 0.1.0\n    path: components/exporter/debug\n",
        "  - {package: penstock-exporter-debug == 0.1.0, path: components/exporter/debug}\n"
        f'  - {{package: penstock-exporter-file, path: components/exporter/file, markers: "{ELSEWHERE}"}}\n',
    )
    mixed.component("exporter", "debug", requires=("penstock-api==0.1.0", "granite"))
    mixed.manifest(text)
    assert penstock("generate").code == 0
    assert "granite==1.0 \\" in mixed.read("requirements.lock").splitlines()


def test_the_engine_is_a_command_where_it_is(demo, penstock, small) -> None:
    demo.component("extension", "engine", code="factory = 1\ndef command(info, components): return 'ran'\n")
    line = (
        f'{{package: penstock-extension-engine, path: components/extension/engine, markers: "{ELSEWHERE}"}}'
    )
    demo.manifest(small + f"extensions:\n  - {line}\n")
    assert penstock("generate").code == 0
    commands = demo.read("src/demo/cli.py")
    assert "**({'engine': engine.command} if sys.platform == \"nowhere\" else {})," in commands
    assert (demo.root / "out/src/demo/engine.py").exists()


def test_the_collector_is_everywhere(demo, penstock, small) -> None:
    demo.manifest(small.replace("collector:\n", f'collector:\n  markers: "{ELSEWHERE}"\n'))
    done = penstock("plan")
    assert (done.code, "collector.markers: has no meaning for the collector" in done.err) == (2, True)


def test_a_condition_that_is_none_is_told_with_its_place(demo, penstock, small) -> None:
    demo.manifest(
        small.replace(
            "    path: components/exporter/debug\n",
            "    path: components/exporter/debug\n    markers: on linux\n",
        )
    )
    done = penstock("plan")
    assert done.code == 2
    assert "builder-manifest.yaml:15:14: exporters[0].markers: is not a condition: 'on linux'" in done.err
    assert "write it like sys_platform == 'linux'" in done.err
