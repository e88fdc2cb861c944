"""The manifest together with the projects that it names."""

import pytest

from penstock_builder.errors import ManifestError
from penstock_builder.load import load


def refused(file) -> list[str]:
    with pytest.raises(ManifestError) as caught:
        load(file)
    return str(caught.value).replace(str(file.parent), "").split("\n\n")


def test_projects_are_read_by_the_path_of_the_manifest(demo) -> None:
    loaded = load(demo.root / "builder-manifest.yaml")
    assert sorted(project.name for project in loaded.projects.values()) == [
        "penstock-api",
        "penstock-collector",
        "penstock-exporter-debug",
        "penstock-receiver-otlp",
    ]
    assert loaded.output == demo.root / "out"


def test_the_output_has_a_default(demo, small) -> None:
    file = demo.manifest(small.replace("  output_path: out\n", ""))
    assert load(file).output == demo.root / "distributions/demo"


def test_b_19_a_missing_path_is_shown_whole(demo, small) -> None:
    file = demo.manifest(small.replace("components/receiver/otlp", "components/receiver/oltp"))
    assert refused(file) == [
        "/builder-manifest.yaml:11:11: receivers[0].path: no such folder: /components/receiver/oltp"
    ]


def test_b_20_a_path_with_another_project_names_both(demo, small) -> None:
    file = demo.manifest(small.replace("components/receiver/otlp", "components/exporter/debug"))
    what = "holds another project than penstock-receiver-otlp: penstock-exporter-debug"
    assert refused(file) == [f"/builder-manifest.yaml:11:11: receivers[0].path: {what}"]


def test_b_10_mistakes_of_the_file_and_of_the_disk_come_in_one_run_in_file_order(demo, small) -> None:
    text = small.replace('version: "1.2.3"', "version: 1.20").replace(
        "components/core/api", "components/core/ipa"
    )
    file = demo.manifest(text + "nonsense: 1\n")
    assert [line for line in refused(file) if not line.startswith("hint")] == [
        "/builder-manifest.yaml:4:12: dist.version: must be text, and YAML reads another type: 1.20",
        "/builder-manifest.yaml:17:11: replaces[0].path: no such folder: /components/core/ipa",
        "/builder-manifest.yaml:19:1: nonsense: unknown key",
    ]


def test_one_project_in_two_folders_is_refused(demo, small) -> None:
    demo.project("fork/api", "penstock-api")
    line = "  - {dependency: Penstock.API, path: fork/api, reason: tried out}\n"
    file = demo.manifest(
        small.replace("  - dependency: penstock-api\n", line + "  - dependency: penstock-api\n")
    )
    assert [one for one in refused(file) if "folder" in one] == [
        "/builder-manifest.yaml:18:11: replaces[1].path: penstock-api comes from another folder on line 16: fork/api"
    ]


def test_one_folder_may_be_named_in_two_ways(demo, small) -> None:
    load(demo.manifest(small.replace("path: components/core/api", "path: ./components/core/../core/api")))
    line = "processors:\n  - {package: penstock-receiver-otlp, path: ./components/receiver/otlp}\n"
    load(demo.manifest(small + line))


@pytest.mark.parametrize("path", ["a\\0b", "a" * 300, "/".join(["deep"] * 818)])
def test_b_8_a_path_that_no_system_can_have_is_a_mistake_of_its_line(demo, small, path: str) -> None:
    file = demo.manifest(small.replace("path: components/exporter/debug", f'path: "{path}"'))
    with pytest.raises(ManifestError, match=r"builder-manifest.yaml:14:11: exporters\[0\].path: "):
        load(file)
