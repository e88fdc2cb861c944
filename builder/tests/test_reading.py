"""What reaches a manifest from outside its file: bases, profiles, the environment, other folders."""

import pytest

from penstock_builder.errors import ManifestError
from penstock_builder.load import load
from penstock_builder.manifest import Manifest, sections
from penstock_builder.reading import Reading

BASE = """\
dist:
  name: base
  version: "1.0"
  description: the base
receivers:
  - package: penstock-receiver-otlp == 0.1.0
  - package: penstock-receiver-nop == 0.1.0
replaces:
  - {dependency: penstock-api, path: api, reason: here}
"""


def read(world, text, **how) -> Manifest:
    return load(world.manifest(text), Reading(environment=how.pop("environment", {}), **how)).manifest


def refused(world, text, **how) -> str:
    with pytest.raises(ManifestError) as caught:
        read(world, text, **how)
    return str(caught.value).replace(f"{world.root}/", "")


@pytest.fixture
def based(world):
    world.project("shared/api", "penstock-api")
    (world.root / "shared/base.yaml").write_text(BASE)
    return world


def test_b_83_a_manifest_starts_from_another_and_wins_key_by_key(based) -> None:
    text = (
        "extends: [shared/base.yaml]\ndist: {name: mine}\nexporters: [{package: penstock-exporter-debug}]\n"
    )
    found = read(based, text)
    assert (found.dist.name, found.dist.version, found.dist.description) == ("mine", "1.0", "the base")
    assert [one.project for one in found.receivers] == ["penstock-receiver-otlp", "penstock-receiver-nop"]
    assert [one.project for one in found.exporters] == ["penstock-exporter-debug"]
    assert found.replaces[0].path == "shared/api"


def test_b_83_lists_are_joined_by_what_an_entry_is_about(based) -> None:
    text = "extends: [shared/base.yaml]\nreceivers:\n  - {package: Penstock_Receiver.OTLP == 0.2.0}\n  - package: third\n"
    found = read(based, text)
    assert [one.package for one in found.receivers] == [
        "Penstock_Receiver.OTLP == 0.2.0",
        "penstock-receiver-nop == 0.1.0",
        "third",
    ]


def test_b_83_an_entry_and_a_key_can_be_removed(based) -> None:
    text = (
        "extends: [shared/base.yaml]\ndist: {description: }\n"
        "receivers: [{package: penstock-receiver-nop, remove: true}]\n"
    )
    found = read(based, text)
    assert found.dist.description == ""
    assert [one.project for one in found.receivers] == ["penstock-receiver-otlp"]


@pytest.mark.parametrize("section", ["receivers", "exporters"])
def test_b_83_what_is_not_there_cannot_be_removed(based, section) -> None:
    text = f"extends: [shared/base.yaml]\n{section}:\n  - {{package: gone, remove: true}}\n"
    assert refused(based, text) == "builder-manifest.yaml:3:5: removes what is not there: gone"


def test_b_83_later_bases_win(based) -> None:
    (based.root / "two.yaml").write_text('dist: {version: "2.0"}\n')
    assert read(based, "extends: [shared/base.yaml, two.yaml]\n").dist.version == "2.0"
    assert read(based, "extends: [two.yaml, shared/base.yaml]\n").dist.version == "1.0"


def test_b_83_a_circle_is_refused_with_its_files(based) -> None:
    (based.root / "two.yaml").write_text("extends: [builder-manifest.yaml]\n")
    assert refused(based, "extends: [two.yaml]\n") == (
        "two.yaml:1:11: extends: comes back to itself: builder-manifest.yaml -> two.yaml -> builder-manifest.yaml"
    )


def test_b_83_more_than_ten_manifests_deep_is_refused(based) -> None:
    for n in range(12):
        (based.root / f"m{n}.yaml").write_text(f"extends: [m{n + 1}.yaml]\n")
    assert refused(based, "extends: [m0.yaml]\n") == ("m9.yaml:1:11: extends: goes deeper than 10 manifests")


def test_b_83_a_mistake_in_a_base_is_told_with_its_own_place(based) -> None:
    (based.root / "two.yaml").write_text("dist:\n  nmae: x\n")
    assert refused(based, "extends: [shared/base.yaml, two.yaml]\n").startswith(
        "two.yaml:2:3: dist.nmae: unknown key"
    )
    (based.root / "two.yaml").write_text("a: 1\na: 1\n")
    assert "two.yaml:2:1: a: given twice" in refused(based, "extends: [two.yaml]\n")


def test_b_83_a_profile_is_a_change_that_is_chosen(demo, small) -> None:
    text = small + (
        "profiles:\n  edge:\n    dist: {name: edge}\n    exporters: [{package: penstock-exporter-debug, remove: true}]\n"
    )
    assert read(demo, text).dist.name == "demo"
    found = read(demo, text, profiles=("edge",))
    assert (found.dist.name, found.exporters) == ("edge", ())
    assert read(demo, text, environment={"PENSTOCK_PROFILE": "edge"}).dist.name == "edge"


def test_b_83_an_unknown_profile_lists_those_there_are(demo, small) -> None:
    text = small + "profiles:\n  edge: {dist: {name: edge}}\n"
    assert refused(demo, text, profiles=("edeg",)) == (
        "builder-manifest.yaml:20:3: profiles: has no such profile (it has: edge): edeg"
    )
    assert "has no such profile (it has: none): x" in refused(demo, small, profiles=("x",))


def test_b_83_a_mistake_in_a_profile_is_told_although_it_is_not_chosen(demo, small) -> None:
    text = small + "profiles:\n  edge: {dist: {nmae: edge}}\n"
    assert refused(demo, text) == (
        "builder-manifest.yaml:20:17: dist.nmae: unknown key\n\nhint: did you mean `name`?"
    )


def test_b_83_wrong_shapes_are_told(demo, small) -> None:
    assert "profiles: must be a mapping: a list" in refused(demo, small + "profiles: []\n")
    assert "extends: must be a list: 'x'" in refused(demo, small + "extends: x\n")


@pytest.mark.parametrize("name", ["TELEMETRY", "REPLACES", "dist.name", "DIST_NAME", "PENSTOCK_HOME"])
def test_b_11_other_variables_have_no_effect(demo, small, name) -> None:
    assert read(demo, small, environment={name: "x"}) == read(demo, small)


def test_b_11_a_variable_of_ours_wins_and_its_origin_is_known(demo, small) -> None:
    how = Reading(environment={"PENSTOCK_DIST_VERSION": "9.1", "PENSTOCK_DIST_OUTPUT_PATH": "there"})
    loaded = load(demo.manifest(small), how)
    assert (loaded.manifest.dist.version, loaded.output) == ("9.1", demo.root / "there")
    assert loaded.source.overrides == {
        "dist.output_path": "environment variable PENSTOCK_DIST_OUTPUT_PATH",
        "dist.version": "environment variable PENSTOCK_DIST_VERSION",
    }


def test_b_11_a_wrong_value_names_the_variable_and_an_unknown_one_is_refused(demo, small) -> None:
    assert refused(demo, small, environment={"PENSTOCK_DIST_VERSION": "new"}) == (
        "environment variable PENSTOCK_DIST_VERSION:1:1: dist.version: is not a version: 'new'\n\n"
        "hint: write it like 1.4.0 (PEP 440)"
    )
    assert refused(demo, small, environment={"PENSTOCK_DIST_NAEM": "x"}).startswith(
        "environment:1:1: is no variable of the builder: PENSTOCK_DIST_NAEM"
    )


def test_b_9_a_manifest_without_components_must_be_meant(world) -> None:
    text = 'dist: {name: demo, version: "1.0"}\nreceivers: []\n'
    assert refused(world, text) == (
        "builder-manifest.yaml:1:1: lists no component\n\n"
        "hint: add at least one receiver and one exporter, or --allow-empty"
    )
    assert not any(sections(read(world, text, allow_empty=True)).values())


def test_b_19_a_path_stays_in_the_manifests_folder_unless_allowed(demo, small) -> None:
    outside = demo.root.parent / "elsewhere"
    (demo.root / "components/receiver/otlp").rename(outside)
    text = small.replace("components/receiver/otlp", "../elsewhere")
    with pytest.raises(ManifestError) as caught:
        read(demo, text)
    assert f"receivers[0].path: leads out of {demo.root} (--allow-root permits it): {outside}" in str(
        caught.value
    )
    assert read(demo, text, roots=(outside.parent,)).receivers[0].path == "../elsewhere"


def test_b_19_a_link_does_not_lead_out_and_a_repository_is_one_place(demo, small) -> None:
    outside = demo.root.parent / "elsewhere"
    (demo.root / "components/receiver/otlp").rename(outside)
    (demo.root / "components/receiver/otlp").symlink_to(outside)
    assert "leads out of" in refused(demo, small)
    (demo.root.parent / ".git").mkdir()
    assert read(demo, small)


def test_b_19_the_flag_is_known_to_every_command(demo, penstock, small) -> None:
    outside = demo.root.parent / "elsewhere"
    (demo.root / "components/receiver/otlp").rename(outside)
    demo.manifest(small.replace("components/receiver/otlp", "../elsewhere"))
    assert penstock("generate").code == 2
    told = penstock("check", "--allow-root", "..", "--strict").err
    assert told.endswith("hint: run: penstock generate --allow-root .. --strict\n")
    assert penstock("generate", "--allow-root", "..").code == 0
    assert penstock("check", "--allow-root", "..").code == 0


@pytest.mark.parametrize("base", ["a\\0b", "a" * 300])
def test_a_base_that_no_system_can_have_is_a_mistake(world, base: str) -> None:
    file = world.manifest(f'extends: ["{base}"]\ndist: {{name: demo, version: "1"}}\n')
    with pytest.raises(ManifestError, match=r"m.+1:11: extends: is (not a path|longer than a path can be): "):
        load(file)
