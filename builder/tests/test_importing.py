"""`penstock import`: manifests of the OpenTelemetry Collector Builder become ours."""

import shutil
from pathlib import Path

import pytest

from penstock_builder import __version__
from penstock_builder.load import load
from penstock_builder.manifest import sections
from penstock_builder.reading import Reading

FIXTURES = Path(__file__).parents[3] / "shared/fixtures/ocb"
CORE = "go.opentelemetry.io/collector"
CONTRIB = "github.com/open-telemetry/opentelemetry-collector-contrib"
OCB = f"""\
dist:
  name: demo
  version: 1.2.3
  module: example.org/demo
receivers:
  - gomod: {CORE}/receiver/otlpreceiver v0.159.0
  - gomod: {CONTRIB}/receiver/kafkareceiver v0.159.0
exporters:
  - gomod: {CORE}/exporter/debugexporter v0.159.0
  - gomod: example.org/unheard v1.0.0
  - gomod: {CONTRIB}/receiver/kafkareceiver v0.159.0
telemetry:
  gomod: {CORE}/service v0.159.0
providers: []
"""


def test_b_26_the_import_prints_a_table_and_writes_what_can_be_built(demo, penstock) -> None:
    (demo.root / "ocb.yaml").write_text(OCB)
    done = penstock("import", "ocb.yaml", "--components", "components")
    assert done.code == 0
    assert [line.split()[:3] for line in done.out.splitlines()[:-1]] == [
        ["receivers", f"{CORE}/receiver/otlpreceiver", "native"],
        ["receivers", f"{CONTRIB}/receiver/kafkareceiver", "none"],
        ["exporters", f"{CORE}/exporter/debugexporter", "native"],
        ["exporters", "example.org/unheard", "unknown"],
        ["exporters", f"{CONTRIB}/receiver/kafkareceiver", "none"],
        ["telemetry", f"{CORE}/service", "built"],
    ]
    assert done.out.endswith("6 components: 2 native, 1 built in, 2 none, 1 unknown\n")
    assert "warning: ocb.yaml:4:3: dist.module: is left out" in done.err
    assert done.err.endswith("written: ocb.penstock.yaml\n")
    text = (demo.root / "ocb.penstock.yaml").read_text()
    assert text.count("kafkareceiver") == 1
    assert text.count("example.org/unheard") == 1
    for file in demo.root.rglob("pyproject.toml"):
        file.write_text(file.read_text().replace("0.1.0", __version__))
    assert penstock("generate", "-c", "ocb.penstock.yaml").code == 0
    assert penstock("check", "-c", "ocb.penstock.yaml").code == 0


def test_the_import_overwrites_nothing_and_changes_nothing(demo, penstock) -> None:
    file = demo.root / "ocb.yaml"
    file.write_text(OCB)
    (demo.root / "ocb.penstock.yaml").write_text("mine\n")
    done = penstock("import", "ocb.yaml")
    assert (done.code, done.err) == (
        1,
        "ocb.penstock.yaml: exists\n\nhint: remove it, or choose another file with --output\n",
    )
    assert penstock("import", "ocb.yaml", "--output", "gone/new.yaml").err.startswith(
        "gone/new.yaml: cannot be written: No such file"
    )
    assert penstock("import", "ocb.yaml", "--output", "new.yaml").code == 0
    assert file.read_text() == OCB


def test_b_26_the_import_can_insist(demo, penstock) -> None:
    (demo.root / "ocb.yaml").write_text(OCB)
    done = penstock("import", "ocb.yaml", "--unmapped", "error")
    assert done.code == 2
    assert done.err.count("kafkareceiver") == 1
    assert not (demo.root / "ocb.penstock.yaml").exists()
    assert "nothing here does its work" in penstock("import", "ocb.yaml", "--unmapped=warn").err


def test_b_26_an_ocb_manifest_can_be_built_as_it_is_and_remembers_what_it_lacks(demo, penstock) -> None:
    (demo.root / "map.yaml").write_text(
        f"- {{exact: {CORE}/receiver/otlpreceiver, status: native, dist: acme-otlp, name: otlp}}\n"
    )
    demo.wheel("acme_otlp", "0.159.4", code="factory = 1\n")
    demo.wheel("penstock_collector", __version__, requires=(f"penstock-api=={__version__}",))
    demo.wheel("penstock_api", __version__)
    (demo.root / "ocb.yaml").write_text(OCB.partition("exporters:")[0] + "providers: []\n")
    words = ("-c", "ocb.yaml", "--compat=ocb", "--unmapped=skip", "--gomod-map", "map.yaml")
    done = penstock("generate", *words)
    assert done.code == 0, done.err
    lock = (demo.root / "distributions/demo/requirements.lock").read_text()
    assert "acme-otlp==0.159.4" in lock
    resolved = (demo.root / "distributions/demo/manifest.resolved.yaml").read_text()
    assert f'{{section: receivers, gomod: "{CONTRIB}/receiver/kafkareceiver v0.159.0"}},' in resolved


@pytest.mark.parametrize(
    "name", ["otelcol", "otelcol-k8s", "otelcol-otlp", "alloy", "ocb-default", "ocb-test-core"]
)
def test_b_1_what_is_imported_of_a_real_manifest_is_a_manifest(world, penstock, name: str) -> None:
    if not FIXTURES.exists():
        pytest.skip(f"{FIXTURES} is not on this machine")
    shutil.copy(FIXTURES / f"{name}.yaml", world.root)
    before = load(world.root / f"{name}.yaml", Reading(compat=True, unmapped="skip", environment={})).manifest
    assert penstock("import", f"{name}.yaml").code == 0
    after = load(world.root / f"{name}.penstock.yaml", Reading(environment={})).manifest
    assert {key: [one.package for one in found] for key, found in sections(after).items()} == {
        key: [one.package for one in found] for key, found in sections(before).items()
    }


def test_what_the_other_builder_is_told_of_compiled_code_and_debugging_is_kept(demo, penstock) -> None:
    text = OCB.replace("  module:", "  cgo_enabled: true\n  debug_compilation: true\n  module:")
    (demo.root / "ocb.yaml").write_text(text)
    assert penstock("import", "ocb.yaml", "--components", "components").code == 0
    assert "  allow_native: true\n  debug: true\n" in (demo.root / "ocb.penstock.yaml").read_text()
