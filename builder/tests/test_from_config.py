"""`penstock from-config`: B-80, a manifest that covers what configurations use."""

import re
from pathlib import Path

import pytest
import yaml

from penstock_builder import __version__
from penstock_builder.document import parse
from penstock_builder.kinds import CONFIGURED
from penstock_builder.load import load
from penstock_builder.reading import Reading
from penstock_builder.resolve import resolve
from penstock_builder.validate import validate

ROOT = Path(__file__).parents[2]
SAMPLES = sorted(ROOT.glob("distributions/*/config.yaml"))
GUIDES = [
    text
    for page in sorted([*ROOT.glob("docs/*.md"), *ROOT.glob("components/*/*/README.md"), ROOT / "README.md"])
    for text in re.findall(r"```yaml\n(.*?)```", page.read_text(), re.DOTALL)
    if set(loaded := yaml.safe_load(text) or {}) & set(CONFIGURED)
    and "dist" not in loaded
    and "version" not in loaded
    and "bearer" not in text
]


def packages(text: str) -> set[str]:
    return set(re.findall(r"package: (\S+)", text))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.parent.name)
def test_b_80_every_type_of_a_sample_is_covered(penstock, sample) -> None:
    done = penstock("from-config", sample)
    assert done.code == 0, done.err
    config, found = yaml.safe_load(sample.read_text()), packages(done.out)
    for section in CONFIGURED:
        for key in config.get(section) or ():
            name = key.partition("/")[0].replace("_", "-")
            assert f"penstock-{section.removesuffix('s')}-{name}" in found
    assert validate(parse(done.out, "m"))[1] == ()


@pytest.mark.parametrize("number", range(len(GUIDES)))
def test_b_80_every_configuration_of_the_guides_is_covered(world, penstock, number) -> None:
    (world.root / "config.yaml").write_text(GUIDES[number])
    done = penstock("from-config", "config.yaml")
    assert done.code == 0, done.err


def test_b_80_named_instances_defaults_and_providers_are_seen(world, penstock) -> None:
    (world.root / "a.yaml").write_text(
        "receivers:\n  otlp/one:\n  otlp/two: {protocols: {grpc: {endpoint: '${https://x/y}'}}}\n"
        "exporters:\n  debug:\nservice:\n  telemetry: {logs: {level: '${env:LEVEL}'}}\n"
    )
    (world.root / "b.yaml").write_text("processors: {batch: {timeout: '$${http:no}'}}\n")
    done = penstock("from-config", "a.yaml", "b.yaml", "--name", "edge")
    assert done.out.splitlines()[2:] == [
        "dist:",
        "  name: edge",
        '  description: "edge: a telemetry collector"',
        '  version: "0.1.0"',
        "",
        "receivers:",
        f"  - package: penstock-receiver-otlp == {__version__}",
        "",
        "processors:",
        f"  - package: penstock-processor-batch == {__version__}",
        "",
        "exporters:",
        f"  - package: penstock-exporter-debug == {__version__}",
        "",
        "providers:",
        f"  - package: penstock-provider-env == {__version__}",
        f"  - package: penstock-provider-file == {__version__}",
        f"  - package: penstock-provider-http == {__version__}",
        f"  - package: penstock-provider-yaml == {__version__}",
    ]


def test_b_80_the_nodes_of_an_engine_are_seen(world, penstock) -> None:
    (world.root / "c.yaml").write_text(
        "extensions:\n  engine:\n    inline:\n      groups: {g: {pipelines: {p: {nodes: {\n"
        "        in: {type: 'receiver:otlp'}, out: {type: 'urn:otel:exporter:nop'}}}}}}\n"
    )
    found = packages(penstock("from-config", "c.yaml").out)
    assert {"penstock-extension-engine", "penstock-receiver-otlp", "penstock-exporter-nop"} <= found


def test_b_80_an_unknown_type_is_an_error_where_it_stands(world, penstock) -> None:
    (world.root / "c.yaml").write_text("receivers:\n  oltp/x: {}\nexporters:\n  file: {path: '${volt:a}'}\n")
    done = penstock("from-config", "c.yaml")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(
        "c.yaml:2:3: receivers.oltp/x: no receiver is known by this name: oltp\n\nhint: did you mean `otlp`?\n\n"
        "c.yaml:4:10: exporters.file.path: no provider is known by this name: volt\n\nhint: known providers are env"
    )


@pytest.mark.parametrize("text", ["- a\n", "just text\n", "a: [1, 2\n", ""])
def test_what_is_no_configuration_is_one_error(world, penstock, text) -> None:
    (world.root / "c.yaml").write_text(text)
    done = penstock("from-config", "c.yaml")
    assert done.code == 2
    assert done.err.startswith("c.yaml:")
    assert "Traceback" not in done.err


def test_a_file_is_written_and_never_overwritten(world, penstock) -> None:
    (world.root / "c.yaml").write_text("receivers: {otlp: }\n")
    done = penstock("from-config", "c.yaml", "-o", "deep/m.yaml")
    assert (done.code, done.out) == (0, "deep/m.yaml\n")
    done = penstock("from-config", "c.yaml", "-o", "deep/m.yaml")
    assert (done.code, done.err) == (2, "is there already: deep/m.yaml\n\nhint: choose another name\n")


def test_a_name_that_cannot_be_one_is_refused(world, penstock) -> None:
    (world.root / "c.yaml").write_text("receivers: {otlp: }\n")
    done = penstock("from-config", "c.yaml", "--name", "../evil")
    assert (done.code, done.err.partition(": '")[0]) == (2, "--name: is not a project name")


def test_with_a_source_the_manifest_resolves_here(world, penstock) -> None:
    (world.root / "c.yaml").write_text("receivers: {otlp: }\nextensions: {engine: }\nexporters: {debug: }\n")
    assert penstock("from-config", "c.yaml", "--source", str(ROOT), "-o", "m.yaml").code == 0
    resolution = resolve(load(world.root / "m.yaml", Reading(roots=(ROOT,))))
    assert resolution.indexed == ()
    assert {"penstock-api", "penstock-dataflow", "penstock-collector"} <= {
        one.name for one in resolution.local
    }


def test_a_source_without_projects_is_refused(world, penstock) -> None:
    (world.root / "c.yaml").write_text("receivers: {otlp: }\n")
    done = penstock("from-config", "c.yaml", "--source", ".")
    assert (done.code, done.err) == (2, "no projects below components/<kind>/<name>: .\n")
