import pytest

from penstock_api import ConfigError, Kind
from penstock_testkit.generate import main
from penstock_testkit.metadata import load_metadata
from penstock_testkit.projects import find_projects, find_root
from penstock_testkit.readme import replace_block

METADATA = """\
type: sample
class: exporter
description: A sample.
stability: {beta: [traces], alpha: [logs]}
distributions: [pencol]
telemetry:
  metrics:
    - {name: otelcol_sample_dropped, unit: "{span}", description: Lost | gone., attributes: [way]}
"""
CODE = '''\
from penstock_api import Config, ExporterFactory


class SampleConfig(Config):
    """A sample."""

    size: int = 3
    """How many."""


factory = ExporterFactory(kind="sample", config=SampleConfig)
'''
README = "# Sample\n\n<!-- begin generated -->\nold\n<!-- end generated -->\n\nend\n"


@pytest.fixture
def root(tmp_path, monkeypatch):
    (tmp_path / "components/core").mkdir(parents=True)
    folder = tmp_path / "components/exporter/sample"
    package = folder / "src/penstock_exporter_sample"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(CODE)
    (folder / "pyproject.toml").write_text("")
    (folder / "metadata.yaml").write_text(METADATA)
    (folder / "README.md").write_text(README)
    monkeypatch.syspath_prepend(folder / "src")
    monkeypatch.chdir(folder)
    monkeypatch.delitem(__import__("sys").modules, "penstock_exporter_sample", raising=False)
    return tmp_path


def test_the_block_in_the_readme_holds_three_tables(root):
    assert main([]) == 0
    assert (
        (root / "components/exporter/sample/README.md").read_text()
        == """\
# Sample

<!-- begin generated -->
### Stability

| for | stability |
|---|---|
| traces | beta |
| logs | alpha |

In distributions: pencol.

### Configuration

| key | type | default | description |
|---|---|---|---|
| `size` | integer | `3` | How many. |

### Telemetry

| metric | unit | attributes | description |
|---|---|---|---|
| `otelcol_sample_dropped` | `{span}` | `way` | Lost \\| gone. |
<!-- end generated -->

end
"""
    )


def test_the_schema_is_written_into_the_package(root):
    main([])
    schema = root / "components/exporter/sample/src/penstock_exporter_sample/config.schema.json"
    assert '"description": "How many."' in schema.read_text()


def test_check_shows_what_is_stale_and_how_to_mend_it_and_writes_nothing(root, capsys):
    assert main(["--check"]) == 1
    shown = capsys.readouterr()
    assert "--- a/components/exporter/sample/README.md\n" in shown.out
    assert "-old\n+### Stability\n" in shown.out
    assert shown.err == ("generated files are stale\n\nhint: run `python -m penstock_testkit.generate`\n")
    assert (root / "components/exporter/sample/README.md").read_text() == README


def test_check_is_silent_when_all_is_current(root, capsys):
    main([])
    capsys.readouterr()
    assert main(["--check"]) == 0
    assert capsys.readouterr() == ("", "")


def test_only_named_folders_are_generated(root, capsys):
    assert main([str(root / "components/exporter/other")]) == 0
    assert capsys.readouterr().out == ""


def test_a_project_that_cannot_be_imported_is_named(root, capsys):
    (root / "components/exporter/other").mkdir()
    (root / "components/exporter/other/pyproject.toml").write_text("")
    (root / "components/exporter/other/metadata.yaml").write_text(METADATA)
    assert main([]) == 2
    assert (
        "components/exporter/other: No module named 'penstock_exporter_other'\n  hint: run `make setup`"
        in (capsys.readouterr().err)
    )


def test_a_readme_without_markers_is_named(root, capsys):
    (root / "components/exporter/sample/README.md").write_text("# Sample\n")
    assert main([]) == 2
    assert "README.md: one `<!-- begin generated -->` and after it one" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "<!-- end generated --><!-- begin generated -->"])
def test_markers_must_be_one_pair(text):
    with pytest.raises(ValueError, match="are needed"):
        replace_block(text, "x")


def test_a_key_that_metadata_does_not_know_is_refused(root):
    path = root / "components/exporter/sample/metadata.yaml"
    path.write_text(METADATA.replace("distributions", "distribution"))
    with pytest.raises(ConfigError, match=r"metadata.yaml: distribution: unknown key\n  hint: did you mean"):
        load_metadata(path)


def test_an_unknown_stability_is_refused(root):
    path = root / "components/exporter/sample/metadata.yaml"
    path.write_text(METADATA.replace("beta", "gamma"))
    with pytest.raises(ConfigError, match=r"`stability` has levels development, alpha, .*: gamma"):
        load_metadata(path)


def test_missing_metadata_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match=r"metadata.yaml: .*No such file"):
        load_metadata(tmp_path / "metadata.yaml")


def test_metadata_says_what_the_contract_needs(root):
    path = root / "components/exporter/sample/metadata.yaml"
    metadata = load_metadata(path)
    assert (metadata.kind, metadata.config_to_start) == (Kind.EXPORTER, {})
    assert metadata.drops == ("otelcol_sample_dropped",)
    path.write_text(METADATA + "tests: {config: {size: 1}, drops: []}\n")
    assert (load_metadata(path).config_to_start, load_metadata(path).drops) == ({"size": 1}, ())


def test_one_folder_names_everything(root):
    (project,) = find_projects(root)
    assert (project.name, project.package) == ("penstock-exporter-sample", "penstock_exporter_sample")
    assert project.entry_points == ("sample",)


def test_the_root_is_found_from_below(root, tmp_path_factory):
    assert find_root(root / "components/exporter/sample") == root
    with pytest.raises(FileNotFoundError, match="no folder with `components/core` above"):
        find_root(tmp_path_factory.mktemp("elsewhere"))
