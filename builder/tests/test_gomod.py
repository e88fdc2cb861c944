"""Go modules: the map, versions, and manifests of the OpenTelemetry Collector Builder."""

from collections import Counter
from pathlib import Path

import pytest

from penstock_builder import __version__
from penstock_builder.errors import ManifestError
from penstock_builder.gomod import read_map
from penstock_builder.goversion import bound, rewritten
from penstock_builder.load import load
from penstock_builder.manifest import sections
from penstock_builder.reading import Reading
from penstock_builder.words import WordError

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT.parent / "shared/fixtures/ocb"
CORE = "go.opentelemetry.io/collector"
CONTRIB = "github.com/open-telemetry/opentelemetry-collector-contrib"
HEAD = 'dist: {name: demo, version: "1.0"}\n'


def read(world, text, **how):
    return load(world.manifest(text), Reading(environment={}, **how))


def refused(world, text, **how) -> list[str]:
    with pytest.raises(ManifestError) as caught:
        read(world, text, **how)
    return str(caught.value).replace(f"{world.root}/", "").split("\n\n")


@pytest.mark.parametrize(
    ("go", "python"),
    [
        ("v1.2.3", "1.2.3"),
        ("1.2.3", "1.2.3"),
        ("v0.159.0-dev", "0.159.0.dev0"),
        ("v1.65.0", "1.65.0"),
        ("v1.10.0", "1.10.0"),
        ("v68.0.0+incompatible", "68.0.0"),
        ("v2.0.0-20240101000000-0123456789ab+incompatible", "2.0.0.dev20240101000000+g0123456789ab"),
        ("v0.0.0-20211119180816-77389c3526dc", "0.0.0.dev20211119180816+g77389c3526dc"),
        ("v0.14.1-0.20240322194317-344980fda573", "0.14.1.dev20240322194317+g344980fda573"),
        ("v0.3.1-0.20251126142931-6f9f62ab6f86", "0.3.1.dev20251126142931+g6f9f62ab6f86"),
        ("v0.0.202602-0.20260724100839-b73e704d1c59", "0.0.202602.dev20260724100839+gb73e704d1c59"),
        ("v1.2.3-rc.1.0.20240101000000-0123456789ab", "1.2.3rc1.dev20240101000000+g0123456789ab"),
        ("v1.2.3-beta.2.0.20240101000000-0123456789ab", "1.2.3b2.dev20240101000000+g0123456789ab"),
        (
            "v0.18.1-grafana-r01.0.20251024135609-318b01780c89",
            "0.18.1.dev20251024135609+grafana.r01.g318b01780c89",
        ),
        ("v0.160.0-nightly.0a1b2c3", "0.160.0.dev0+nightly.0a1b2c3"),
        ("v0.160.0-nightly.20260101", "0.160.0.dev0+nightly.20260101"),
        ("v0.76.0-rc.2", "0.76.0rc2"),
        ("v1.0.0-rc1", "1.0.0rc1"),
        ("v1.0.0-alpha.1", "1.0.0a1"),
        ("v1.0.0-beta.3", "1.0.0b3"),
        ("v1.2.3-pre", "1.2.3rc0"),
        ("v0.0.1", "0.0.1"),
    ],
)
def test_b_27_a_version_of_go_is_one_of_python(go: str, python: str) -> None:
    assert rewritten(go) == python


@pytest.mark.parametrize("text", ["latest", "v1.2.3-SNAPSHOT", "master", "v", "v1.2.3;x"])
def test_b_27_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(WordError, match="is not a version of a Go module"):
        rewritten(text)


def test_b_27_a_component_is_asked_for_by_major_and_minor() -> None:
    assert bound(rewritten("v0.159.3")) == "==0.159.*"


def test_b_25_every_row_names_a_project_of_the_repository_and_no_match_is_shadowed() -> None:
    rows = read_map().rows
    assert len({row.match for row in rows}) == len(rows)
    for row in rows:
        assert read_map().find(row.match) == row
        if row.dist:
            kind, _, name = row.dist.removeprefix("penstock-").partition("-")
            assert kind == row.kind
            assert (ROOT / f"components/{kind}/{name.replace('-', '_')}/pyproject.toml").exists()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a: 1\n", "map.yaml:1:1: must be a list of rows"),
        ("- {status: none}\n", "map.yaml:1:3: [0]: needs either `exact` or `prefix`"),
        ("- {exact: a, prefix: a, status: none}\n", "map.yaml:1:3: [0]: needs either `exact` or `prefix`"),
        ("- {exact: a, status: native}\n", "map.yaml:1:3: [0]: needs `dist` if it is native, and only then"),
        (
            "- {exact: a, status: none, dist: b}\n",
            "map.yaml:1:3: [0]: needs `dist` if it is native, and only then",
        ),
        (
            "- {exact: a, status: none}\n- {prefix: a, status: none}\n",
            "map.yaml:2:3: [1]: already listed on line 1: a",
        ),
        (
            "- {exact: a, status: maybe}\n",
            "map.yaml:1:22: [0].status: input should be 'native', 'stub' or 'none'",
        ),
    ],
)
def test_b_25_a_map_that_is_none_is_refused(world, text: str, what: str) -> None:
    file = world.root / "map.yaml"
    file.write_text(text)
    with pytest.raises(ManifestError) as caught:
        read_map([file])
    assert str(caught.value).replace(f"{world.root}/", "").startswith(what)


def test_b_25_the_longest_match_wins_and_the_users_rows_come_first(world) -> None:
    file = world.root / "map.yaml"
    file.write_text(
        "- {prefix: example.org/, status: none}\n"
        "- {prefix: example.org/receiver/, kind: receiver, status: native, dist: acme, name: acme, import: acme.otel}\n"
        f"- {{exact: {CORE}/receiver/otlpreceiver, status: native, dist: my-otlp, name: otlp}}\n"
    )
    text = f"{HEAD}receivers:\n  - gomod: example.org/receiver/x v1.2.3\n  - gomod: {CORE}/receiver/otlpreceiver v0.1.0\n"
    found = read(world, text, maps=(file,)).manifest.receivers
    assert [(one.package, one.name, one.import_) for one in found] == [
        ("acme==1.2.*", "acme", "acme.otel"),
        ("my-otlp==0.1.*", "otlp", None),
    ]


def test_b_26_what_has_no_match_is_told_once_with_its_section(world) -> None:
    text = (
        f"{HEAD}receivers:\n  - gomod: example.org/x v1.0.0\n  - gomod: {CORE}/receiver/otlpreceiver v0.1.0\n"
        f"exporters:\n  - gomod: example.org/x v1.0.0\n  - gomod: {CONTRIB}/exporter/kafkaexporter v0.1.0\n"
    )
    told = [
        "builder-manifest.yaml:3:12: receivers[0].gomod: is not in the map of Go modules: example.org/x",
        "hint: add a row for it with --gomod-map FILE, or leave it out with --unmapped=skip",
        f"builder-manifest.yaml:7:12: exporters[1].gomod: nothing here does its work: {CONTRIB}/exporter/kafkaexporter",
        "hint: this component of the contrib repository has no counterpart yet",
    ]
    assert refused(world, text) == told
    warned = read(world, text, unmapped="warn")
    assert [str(one).replace(f"{world.root}/", "") for one in warned.warnings] == [
        "\n\n".join(told[:2]),
        "\n\n".join(told[2:]),
    ]
    skipped = read(world, text, unmapped="skip")
    assert skipped.warnings == ()
    assert [(one.section, one.module.path) for one in skipped.source.missing] == [
        ("receivers", "example.org/x"),
        ("exporters", f"{CONTRIB}/exporter/kafkaexporter"),
    ]


def test_b_28_a_module_needs_a_version_and_spaces_do_not_matter(world) -> None:
    assert refused(world, f"{HEAD}receivers:\n  - gomod: {CORE}/receiver/otlpreceiver\n")[0] == (
        f"builder-manifest.yaml:3:12: receivers[0].gomod: must be a module and its version: '{CORE}/receiver/otlpreceiver'"
    )
    found = read(world, f"{HEAD}receivers:\n  - gomod: '  {CORE}/receiver/otlpreceiver    v0.159.0 '\n")
    assert found.manifest.receivers[0].package == f"penstock-receiver-otlp=={__version__}"


def test_b_28_a_deeper_import_is_what_is_mapped_and_the_modules_version_counts(world) -> None:
    file = world.root / "map.yaml"
    file.write_text("- {exact: example.org/all/receiver/x, status: native, dist: acme, name: acme}\n")
    text = f"{HEAD}receivers:\n  - {{gomod: example.org/all v2.3.4, import: example.org/all/receiver/x, name: x}}\n"
    (found,) = read(world, text, maps=(file,)).manifest.receivers
    assert (found.package, found.name, found.import_) == ("acme==2.3.*", "acme", None)


def test_b_12_both_must_agree(world) -> None:
    both = f"{HEAD}receivers:\n  - {{gomod: {CORE}/receiver/otlpreceiver v0.1.0, package: %s}}\n"
    assert read(world, both % "penstock-receiver-otlp == 0.1.0").manifest.receivers[0].project
    assert refused(world, both % "other") == [
        "builder-manifest.yaml:3:13: receivers[0].gomod: is penstock-receiver-otlp, and `package` says: other",
        "hint: remove one of the two",
    ]
    assert refused(world, both % "'?'")[0].startswith(
        "builder-manifest.yaml:3:82: receivers[0].package: is not a"
    )


def test_b_12_an_entry_without_either_names_section_and_index(world) -> None:
    text = f"{HEAD}receivers:\n  - package: penstock-receiver-otlp\n  - name: x\n"
    assert refused(world, text) == ["builder-manifest.yaml:4:5: receivers[1].package: is required"]


def test_a_module_in_the_wrong_section_is_not_taken(world) -> None:
    text = f"{HEAD}exporters:\n  - gomod: {CORE}/receiver/otlpreceiver v0.1.0\n"
    assert refused(world, text)[1] == "hint: is a receiver, and stands in `exporters`"


def test_the_telemetry_of_the_collector_is_built_in(world) -> None:
    text = f"{HEAD}telemetry: {{gomod: {CORE}/service v0.1.0, import: {CORE}/service/telemetry/otelconftelemetry}}\n"
    assert read(world, text, allow_empty=True).source.lines[0].module.status == "stub"


def test_b_2_keys_in_any_case_are_read_for_compatibility_and_named_without(world) -> None:
    text = f"DIST: {{Name: demo, Version: '1.0'}}\nReceivers:\n  - GoMod: {CORE}/receiver/otlpreceiver v0.159.0\n"
    found = read(world, text, compat=True)
    assert found.manifest.receivers[0].package == f"penstock-receiver-otlp=={__version__}"
    told = refused(world, text)
    assert "builder-manifest.yaml:1:1: DIST: unknown key" in told
    assert "builder-manifest.yaml:2:1: Receivers: unknown key" in told
    assert "hint: did you mean `receivers`?" in told


def test_b_4_removed_keys_of_the_other_builder_are_warned_of(world) -> None:
    text = f"dist: {{name: a, version: '1', otelcol_version: 1, include_core: true, nonsense: 1}}\nreceivers:\n  - gomod: {CORE}/receiver/otlpreceiver v0.159.0\n"
    told = [(one.path, one.hint) for one in read(world, text, compat=True).warnings]
    assert told == [
        ("dist.otelcol_version", "it was removed: each component has its own version"),
        ("dist.include_core", "it was removed: every component is listed"),
        ("dist.nonsense", ""),
    ]
    assert (
        "hint: it is a key of the OpenTelemetry Collector Builder: use --compat=ocb, or penstock import"
        in refused(world, text)
    )


def test_a_go_project_on_this_machine_is_left_out(world) -> None:
    text = f"{HEAD}receivers:\n  - {{gomod: {CORE}/receiver/otlpreceiver v0.1.0, path: ./x}}\n"
    found = read(world, text, compat=True)
    assert [str(one.what) for one in found.warnings] == ["is left out: it leads to a Go module"]
    assert found.manifest.receivers[0].path is None


@pytest.mark.parametrize(
    ("name", "count", "native"),
    [
        ("otelcol", 32, 17),
        ("otelcol-k8s", 74, 16),
        ("otelcol-otlp", 5, 5),
        ("alloy", 81, 17),
        ("ocb-default", 18, 15),
        ("ocb-test-core", 8, 8),
    ],
)
def test_b_1_real_manifests_parse_and_their_components_are_counted(
    name: str, count: int, native: int
) -> None:
    file = FIXTURES / f"{name}.yaml"
    if not file.exists():
        pytest.skip(f"{file} is not on this machine")
    found = load(file, Reading(compat=True, unmapped="skip", environment={}))
    statuses = Counter(line.module.status for line in found.source.lines)
    assert (statuses.total(), statuses["native"]) == (count, native)
    assert statuses["unmapped"] == 0
    assert sum(map(len, sections(found.manifest).values())) == native


def test_a_manifest_of_the_other_builder_may_have_no_go_modules(demo, penstock, small) -> None:
    demo.manifest(small.replace("replaces:", "providers: []\nreplaces:"))
    assert penstock("plan", "--compat", "ocb").code == 0
    demo.manifest(small)
    done = penstock("plan", "--compat", "ocb")
    assert (done.code, "penstock-provider-env" in done.out) == (0, True)
