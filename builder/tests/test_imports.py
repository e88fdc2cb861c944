"""Entry points, the static table and what is imported agree."""

import ast
import configparser
import zipfile


def test_b_22_a_component_that_cannot_be_imported_is_named_and_the_others_are_tried(demo, penstock) -> None:
    demo.component("receiver", "otlp", code="factory = 1\n")
    demo.component("exporter", "debug", code="import gone_away\n")
    demo.component("exporter", "file", code="raise RuntimeError('first\\nsecond')\n")
    text = (demo.root / "builder-manifest.yaml").read_text()
    line = "  - {package: penstock-exporter-file, path: components/exporter/file}\n"
    demo.manifest(text.replace("replaces:", f"{line}replaces:"))
    penstock("generate")
    done = penstock("build")
    assert done.code == 1
    assert done.err.splitlines() == [
        "components that cannot be imported:",
        "exporters: debug of penstock-exporter-debug: ModuleNotFoundError: No module named 'gone_away'",
        "exporters: file of penstock-exporter-file: RuntimeError: first",
    ]
    assert not list((demo.root / "dist").glob("*.whl"))


def test_b_21_an_entry_point_without_its_object_fails_the_build(demo, penstock) -> None:
    demo.component(
        "exporter", "debug", points={"penstock.exporter": {"debug": "penstock_exporter_debug:gone"}}
    )
    penstock("generate")
    assert "exporters: debug of penstock-exporter-debug: AttributeError: " in penstock("build").err


def test_a_distribution_that_cannot_list_its_components_is_refused(demo, penstock) -> None:
    (demo.root / "components/core/api/src/penstock_api/__init__.py").write_text("raise OSError('disk')\n")
    penstock("generate")
    assert penstock("build").err == "the list of components cannot be loaded: OSError: disk\n"


def test_b_23_the_static_table_is_what_the_entry_points_say(demo, penstock) -> None:
    penstock("generate")
    assert penstock("build").code == 0
    calls = [
        one for one in ast.walk(ast.parse(demo.read("src/demo/components.py"))) if isinstance(one, ast.Call)
    ]
    keywords = [
        {word.arg: ast.literal_eval(word.value) for word in one.keywords}
        for one in calls
        if one.func.id == "Registered"
    ]
    table = {(one["project"], one["name"], one["target"]) for one in keywords}
    declared = set()
    with zipfile.ZipFile(demo.root / "dist/demo-1.2.3-py3-none-any.whl") as wheel:
        for path in wheel.namelist():
            if path.endswith("dist-info/entry_points.txt") and "_embedded" in path:
                points = configparser.ConfigParser(delimiters=("=",))
                points.read_string(wheel.read(path).decode())
                project = path.split("/")[-2].partition("-")[0].replace("_", "-")
                declared |= {(project, *item) for group in points.sections() for item in points.items(group)}
    assert table == declared != set()
