"""`telemetry`: what passes the collector's own telemetry on."""

import json
import zipfile

import pytest

POINTS = {"penstock.telemetry": {"acme": "acme_telemetry:factory"}}
LINE = "telemetry: {package: acme-telemetry == 0.1.0, path: components/acme"


@pytest.fixture
def told(demo, small):
    """Writes the manifest with a `telemetry` that says more."""
    demo.project("components/acme", "acme-telemetry", points=POINTS, requires=("pebble>=1",))

    def write(more="") -> None:
        demo.manifest(f"{small}{LINE}{more}}}\n")

    api = demo.root / "components/core/api/src/penstock_api/__init__.py"
    api.write_text(api.read_text() + "    telemetry: tuple[Registered, ...] = ()\n")
    return write


def test_it_is_one_of_the_components(demo, told, make) -> None:
    told()
    (wheel,) = make()
    rendered = demo.read("src/demo/components.py")
    assert (
        "        telemetry=(\n            Registered(name='acme', target=\"acme_telemetry:factory\""
        in rendered
    )
    assert '{name: "acme", package: "acme-telemetry", version: "0.1.0"' in demo.read("manifest.resolved.yaml")
    assert "| telemetry | `acme` | acme-telemetry | 0.1.0 |" in demo.read("README.md")
    assert "telemetry.acme" not in demo.read("config.schema.json")
    with zipfile.ZipFile(wheel) as archive:
        assert "demo/_embedded/acme_telemetry/__init__.py" in archive.namelist()


def test_the_plan_says_where_it_is(told, penstock) -> None:
    told(", markers: \"sys_platform == 'nowhere'\"")
    found = json.loads(penstock("plan", "--json").out)["components"]
    (one,) = [one for one in found if one["kind"] == "telemetry"]
    assert (one["name"], one["source"], one["condition"]) == (
        "acme",
        "components/acme",
        'sys_platform == "nowhere"',
    )


def test_it_may_come_from_an_index_under_a_name(demo, told, penstock, small) -> None:
    demo.wheel("other_telemetry", "2.0")
    demo.manifest(small + "telemetry: {package: other-telemetry == 2.0, name: other}\n")
    assert penstock("generate").code == 0
    assert "Registered(name='other', target=\"other_telemetry:factory\"" in demo.read(
        "src/demo/components.py"
    )


def test_without_it_nothing_of_it_is_rendered(demo, penstock) -> None:
    assert penstock("generate").code == 0
    assert "telemetry=" not in demo.read("src/demo/components.py")
    assert "telemetry" not in demo.read("manifest.resolved.yaml")


@pytest.mark.parametrize(
    ("more", "what"),
    [
        (
            ", name: other",
            "telemetry.name: is no entry point in group penstock.telemetry (it has: acme): other",
        ),
        (", git: 'https://example.org/a.git'", "telemetry: says path and git"),
        (", config: x", "telemetry.config: unknown key"),
    ],
)
def test_a_mistake_is_told_with_its_place(told, penstock, more, what) -> None:
    told(more)
    done = penstock("plan")
    assert (done.code, what in done.err) == (2, True), done.err


def test_a_project_of_another_kind_is_refused(demo, penstock, small) -> None:
    demo.manifest(small + "telemetry: {package: penstock-exporter-debug, path: components/exporter/debug}\n")
    done = penstock("plan")
    assert done.code == 2
    assert "telemetry.package: has no entry point in group penstock.telemetry" in done.err


def test_it_names_a_project(demo, penstock, small) -> None:
    demo.manifest(small + "telemetry: {path: components/acme}\n")
    done = penstock("plan")
    assert (done.code, "telemetry.package: is required" in done.err) == (2, True)
