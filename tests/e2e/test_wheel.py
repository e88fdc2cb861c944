"""The wheel, installed where nothing else of ours is."""

import subprocess
from importlib.metadata import entry_points
from pathlib import Path

import yaml

from penstock_testkit.process import CollectorProcess

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "distributions/pencol/config.yaml"


def run(*command) -> subprocess.CompletedProcess[str]:
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, timeout=60)


def test_components_lists_every_component_of_the_manifest_with_its_version(pencol):
    manifest = yaml.safe_load((ROOT / "builder-manifest.yaml").read_text())

    listed = yaml.safe_load(run(pencol, "components").stdout)

    for section in ("receivers", "processors", "exporters", "connectors", "extensions"):
        expected = {
            entry["package"].replace(" == ", " ").replace("==", " ") for entry in manifest.get(section, ())
        }
        assert {entry["module"] for entry in listed[section]} == expected
    assert {entry["scheme"] for entry in listed["providers"]} == {"env", "file", "http", "https", "yaml"}


def test_the_sample_is_valid_and_validate_says_nothing(pencol):
    done = run(pencol, "validate", "--config", SAMPLE)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_version_is_the_manifests(pencol):
    version = (ROOT / "VERSION").read_text()
    assert run(pencol, "--version").stdout == f"pencol version {version}"


def test_b_77_the_manifest_it_was_built_from_can_be_read_back(pencol):
    resolved = (ROOT / "distributions/pencol/manifest.resolved.yaml").read_text()

    assert run(pencol, "--print-manifest").stdout == resolved


def test_a_typo_ends_with_2_and_says_where_it_is(pencol, tmp_path):
    config = tmp_path / "config.yaml"
    config.write_text("receivers:\n  otlp:\n    protocls:\n      grpc:\n")

    done = run(pencol, "--config", config)

    assert done.returncode == 2
    assert f"{config}:3" in done.stderr
    assert "did you mean `protocols`?" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_dataflow_pipeline_is_validated_by_the_subcommand(pencol, tmp_path):
    config = tmp_path / "engine.yaml"
    config.write_text(
        "version: otel_dataflow/v1\n"
        "groups: {g: {pipelines: {p: {nodes: {in: {type: 'receiver:nop'}, out: {type: 'exporter:nop'}},\n"
        "  connections: [{from: in, to: out}]}}}}\n"
    )

    done = run(pencol, "engine", "validate", "--config", config)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_wheel_carries_no_trace_of_where_it_was_built(wheel):
    listed = run("python3", "-m", "zipfile", "-l", wheel).stdout

    assert "_embedded/penstock_collector/cli.py" in listed
    for trace in ("direct_url.json", "uv_cache.json", "REQUESTED", "/.lock", "__pycache__", str(ROOT)):
        assert trace not in listed


def test_sigterm_ends_cleanly_with_0(pencol):
    sets = ("receivers.otlp.protocols.grpc.endpoint=127.0.0.1:0", "receivers.otlp.protocols.http.endpoint=127.0.0.1:0",
            "extensions.health_check.endpoint=127.0.0.1:0", "extensions.zpages.endpoint=127.0.0.1:0",
            "service.telemetry.metrics.level=none", "exporters.file.path=/dev/null")  # fmt: skip
    command = [pencol, "--config", str(SAMPLE), *(part for one in sets for part in ("--set", one))]
    with CollectorProcess(command) as collector:
        collector.ready()

        assert collector.stop() == 0

    assert collector.logged("Shutdown complete.")


def test_entry_points_of_the_workspace_are_unique():
    groups = [
        f"penstock.{kind}"
        for kind in ("receiver", "processor", "exporter", "connector", "extension", "provider")
    ]

    names = [(point.group, point.name) for group in groups for point in entry_points(group=group)]

    assert len(names) == len(set(names))
