"""A user's templates fill named blocks of the builder's own, and nothing else."""

import pytest

from penstock_builder.custom import CustomError, customised
from penstock_builder.templating import read_templates


@pytest.fixture
def mine(demo, small):
    folder = demo.root / "mine"
    folder.mkdir()
    demo.manifest(small.replace("output_path: out", "output_path: out\n  templates: mine"))

    def write(name: str, text: str) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)

    return write


def test_b_59_a_template_fills_the_blocks_it_names_and_leaves_the_rest(demo, penstock, small, mine) -> None:
    demo.manifest(small)
    penstock("generate")
    before = demo.read("README.md")
    demo.manifest(small.replace("output_path: out", "output_path: out\n  templates: mine"))
    mine(
        "README.md.j2",
        "{# ours #}\n{% block introduction %}\nAsk {{ plan.name | word }}'s team.\n\n{% endblock %}\n",
    )
    assert "was rendered from other templates" in penstock("check").err
    assert penstock("generate").code == 0
    line = "Ask demo's team.\n\n"
    assert demo.read("README.md").replace(line, "") == before
    assert line in demo.read("README.md")
    assert penstock("check").code == 0


def test_b_59_a_command_hook_is_a_block(demo, penstock, mine) -> None:
    mine(
        "src/{module}/cli.py.j2",
        "{% block main %}\n    print('hello')\n{{ super() | verbatim }}\n{% endblock %}",
    )
    assert penstock("generate").code == 0
    assert "    print('hello')\n" in demo.read("src/demo/cli.py")
    assert "sys.exit(penstock_collector.cli.main(" in demo.read("src/demo/cli.py")
    compile(demo.read("src/demo/cli.py"), "cli.py", "exec")


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        (
            "README.md.j2",
            "\n{% block intro %}{% endblock %}",
            r"README.md.j2:2: there is no such block \(there are: introduction, more\): intro",
        ),
        ("py.typed.j2", "{% block x %}{% endblock %}", r"py.typed.j2: is no template of the builder"),
        (
            "pyproject.toml.j2",
            "{% block x %}{% endblock %}",
            r"there is no such block \(there are: none\): x",
        ),
        ("README.md.j2", "loose", "README.md.j2:1: a template of yours may hold named blocks only"),
        ("README.md.j2", "{{ plan.name }}", "README.md.j2:1: a template of yours may hold named blocks only"),
        ("README.md.j2", "{% block more %}", "README.md.j2:1: Unexpected end of template"),
    ],
)
def test_b_59_what_is_no_block_of_ours_is_refused_with_those_there_are(tmp_path, name, text, what) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(CustomError, match=what):
        customised(read_templates(), tmp_path)


def test_b_59_a_mistake_points_to_the_line_of_the_manifest(demo, penstock, mine) -> None:
    mine("README.md.j2", "loose")
    done = penstock("generate")
    assert done.code == 2
    assert done.err.startswith("builder-manifest.yaml:6:14: dist.templates: README.md.j2:1: ")


@pytest.mark.parametrize(("folder", "what"), [("none", "no such folder: "), ("/", "leads out of ")])
def test_b_59_the_folder_must_be_there_and_in_the_repository(demo, penstock, small, folder, what) -> None:
    demo.manifest(small.replace("output_path: out", f"output_path: out\n  templates: {folder}"))
    done = penstock("generate")
    assert done.code == 2
    assert f"dist.templates: {what}" in done.err


@pytest.mark.parametrize("text", ["{{ plan.name }}", "{{ ''.__class__ | word }}", "{{ missing | word }}"])
def test_b_59_a_block_is_rendered_in_the_same_sandbox(demo, penstock, mine, text: str) -> None:
    mine("README.md.j2", "{% block more %}\n" + text + "\n{% endblock %}")
    done = penstock("generate")
    assert done.code == 1
    assert "README.md.j2:2: " in done.err
