"""`engine`: a dataflow engine that the distribution carries, as an extension, as a subcommand, or as both."""

import json
import sys
import zipfile

import pytest

CODE = "factory = 'engine'\ndef command(info, components): return f'runs in {info.command}'\n"
LINE = "{path: components/extension/engine"


@pytest.fixture
def carrying(demo, small):
    """Writes the manifest with an `engine` that says more."""
    demo.component("extension", "engine", code=CODE)

    def write(more="", rest="") -> None:
        demo.manifest(f"{small}engine: {LINE}{more}}}\n{rest}")

    return write


def commands(world) -> list[str]:
    lines = world.read("src/demo/cli.py").splitlines()
    return [line.strip().partition(":")[0].strip("'") for line in lines if line.endswith(".command,")]


def extensions(world) -> list[str]:
    resolved = world.read("manifest.resolved.yaml")
    part = resolved.partition("extensions: [\n")[2].partition("]\n")[0]
    return [line.partition('"')[2].partition('"')[0] for line in part.splitlines()]


def test_it_is_an_extension_and_a_subcommand(demo, carrying, make, tmp_path) -> None:
    carrying()
    (wheel,) = make()
    assert (commands(demo), extensions(demo)) == (["engine"], ["engine"])
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    sys_path = f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r})"
    import subprocess

    code = f"{sys_path}; sys.argv = ['demo', 'engine']; from demo.cli import main; main()"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("runs in demo\n", "")


def test_both_may_be_called_otherwise(demo, carrying, penstock) -> None:
    carrying(", name: dataflow, command: flow")
    assert penstock("generate").code == 0
    assert (commands(demo), extensions(demo)) == (["flow"], ["dataflow"])
    assert "from penstock_extension_engine import command as load" in demo.read("src/demo/flow.py")
    assert not (demo.root / "out/src/demo/engine.py").exists()
    assert "extension.dataflow" in demo.read("config.schema.json")


@pytest.mark.parametrize(
    ("more", "found"),
    [
        (", command: false", ([], ["engine"])),
        (", extension: false", (["engine"], [])),
    ],
)
def test_it_may_be_one_of_the_two(demo, carrying, penstock, more, found) -> None:
    carrying(more)
    assert penstock("generate").code == 0
    assert (commands(demo), extensions(demo)) == found
    report = json.loads(penstock("plan", "--json").out)
    assert [one["name"] for one in report["commands"]] == found[0]
    assert "penstock-extension-engine" in {one["name"] for one in report["projects"]}
    assert penstock("build").code == 0


def test_the_plan_tells_of_the_subcommand(demo, carrying, penstock) -> None:
    carrying(", command: flow")
    assert "the subcommand flow comes with penstock-extension-engine\n" in penstock("plan").out


def test_without_a_source_it_comes_from_the_index(demo, penstock, small) -> None:
    points = {"{info}/entry_points.txt": "[penstock.extension]\nengine = penstock_extension_engine:factory\n"}
    demo.wheel("penstock_extension_engine", "0.1.0", code=CODE, files=points)
    demo.manifest(small + "engine: {}\n")
    assert penstock("generate").code == 0
    assert "penstock-extension-engine==0.1.0 \\" in demo.read("requirements.lock").splitlines()
    assert (commands(demo), extensions(demo)) == (["engine"], ["engine"])


def test_a_distribution_may_be_an_engine_and_nothing_else(demo, penstock, small) -> None:
    demo.component("extension", "engine", code=CODE)
    start, end = small.index("receivers:"), small.index("replaces:")
    demo.manifest(f"{small[:start]}{small[end:]}engine: {LINE}, extension: false}}\n")
    assert penstock("generate").code == 0
    assert commands(demo) == ["engine"]


def test_it_is_there_under_its_condition(demo, carrying, penstock) -> None:
    carrying(", markers: \"sys_platform == 'nowhere'\"")
    assert penstock("generate").code == 0
    assert "**({'engine': engine.command} if sys.platform == \"nowhere\" else {})," in demo.read(
        "src/demo/cli.py"
    )


def test_another_project_may_embed_it(demo, penstock, small) -> None:
    demo.project(
        "components/acme",
        "acme-engine",
        points={"penstock.extension": {"acme": "acme_engine:factory"}},
        code=CODE,
    )
    demo.manifest(f"{small}engine: {{package: acme-engine, path: components/acme}}\n")
    assert penstock("generate").code == 0
    assert "from acme_engine import command as load" in demo.read("src/demo/engine.py")
    assert extensions(demo) == ["engine"]


@pytest.mark.parametrize(
    ("more", "rest", "what"),
    [
        (", extension: false, command: false", "", "engine: is neither an extension nor a command"),
        (
            ", command: validate",
            "",
            "engine.command: is taken: validate\n\nhint: these are: buildinfo, cli, ",
        ),
        (", command: my-flow", "", "engine.command: is not a component name: 'my-flow'"),
        (", mode: thread", "", "engine.mode: unknown key"),
        (", name: Engine", "", "engine.name: is not a component name: 'Engine'"),
        (", rev: x", "", "engine.rev: has no meaning without `git`"),
        (", index: ours", "", "engine.index: is no entry of `indexes`: ours"),
        (
            "",
            "extensions:\n  - {package: penstock-extension-engine, path: components/extension/engine}\n",
            (
                "engine: penstock-extension-engine brings what penstock-extension-engine on line 21 brings: "
                "extension engine"
            ),
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(carrying, penstock, more, rest, what) -> None:
    carrying(more, rest)
    done = penstock("plan")
    assert (done.code, what in done.err) == (2, True), done.err


def test_a_project_that_brings_several_is_not_the_engine(demo, carrying, penstock) -> None:
    points = {"penstock.extension": dict.fromkeys(("a", "b"), "penstock_extension_engine:factory")}
    demo.component("extension", "engine", code=CODE, points=points)
    carrying()
    done = penstock("plan")
    assert done.code == 2
    assert "engine.package: brings several extensions, and the engine is one: a, b" in done.err


def test_a_folder_that_is_not_there_is_one_error(demo, penstock, small) -> None:
    demo.manifest(small + "engine: {path: components/nothing}\n")
    done = penstock("plan")
    assert (done.code, "engine.path: no such folder: " in done.err) == (2, True)
