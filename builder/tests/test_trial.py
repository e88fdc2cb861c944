"""What was built is tried before anybody gets it: B-74."""

from pathlib import Path

import pytest

from penstock_builder import trial
from penstock_builder.trial import Trial, free_ports

ROOT = Path(__file__).parents[2]


def built(demo) -> bool:
    return any((demo.root / "dist").glob("*.whl"))


def test_b_74_a_sample_that_is_refused_fails_the_build(demo, penstock) -> None:
    demo.component("receiver", "otlp", requires=("penstock-api==0.1.0", "pebble>=1,<2"))
    collector = demo.root / "components/core/collector/src/penstock_collector/cli.py"
    collector.write_text(collector.read_text().replace('"exporters" not in text', '"receivers" in text'))
    penstock("generate")
    done = penstock("build")
    assert (done.code, done.err) == (
        1,
        "config.yaml: what was built refuses its own sample:\nError: config.yaml:1: no exporter\n",
    )
    assert not built(demo)


def test_a_distribution_that_cannot_read_its_sample_lacks_a_provider(demo, penstock) -> None:
    said = 'unsupported scheme on URI "file:config.yaml"'
    collector = demo.root / "components/core/collector/src/penstock_collector/cli.py"
    code = collector.read_text().replace('"exporters" not in text', '"receivers" in text')
    collector.write_text(code.replace('"Error: config.yaml:1: no exporter"', repr(said)))
    penstock("generate")
    done = penstock("build")
    assert done.err == (
        f"config.yaml: what was built refuses its own sample:\n{said}\n\n"
        "hint: it cannot read files: list penstock-provider-file under `providers`\n"
    )
    ours = (ROOT / "components/core/collector/src").rglob("*.py")
    assert any("unsupported scheme on URI" in file.read_text() for file in ours)


def test_b_74_what_was_built_starts(demo, penstock) -> None:
    penstock("generate")
    assert penstock("build", "--boot-test").code == 0
    assert built(demo)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('print("Everything', 'sys.exit("port in use")\n        print("Everything', "(exit 1):\nport in use"),
        ("sys.exit(0)", "sys.exit(3)", "(exit 3):\nEverything is ready. Begin running."),
    ],
)
def test_b_74_what_does_not_start_or_stop_fails_the_build(demo, penstock, old, new, said) -> None:
    collector = demo.root / "components/core/collector/src/penstock_collector/cli.py"
    collector.write_text(collector.read_text().replace(old, new))
    penstock("generate")
    done = penstock("build", "--boot-test")
    assert (done.code, done.out) == (1, "")
    assert done.err == f"what was built does not start with its sample {said}\n"
    assert not built(demo)


def test_b_74_a_collector_that_never_gets_ready_is_stopped(demo, penstock, monkeypatch) -> None:
    monkeypatch.setattr(trial, "_PATIENCE", 1.0)
    collector = demo.root / "components/core/collector/src/penstock_collector/cli.py"
    collector.write_text(collector.read_text().replace("Everything is ready", "Not yet"))
    penstock("generate")
    done = penstock("build", "--boot-test")
    assert done.err == "what was built does not start with its sample (exit -9):\nNot yet. Begin running.\n"


def test_what_passed_once_is_not_tried_again(demo, penstock, monkeypatch) -> None:
    penstock("generate")
    assert penstock("build").code == 0

    def refuse(*_):
        raise AssertionError("tried again")

    monkeypatch.setattr(Trial, "_install", refuse)
    assert penstock("build").code == 0


def test_packages_that_cannot_be_had_are_told_and_fail_only_a_boot_test(demo, penstock) -> None:
    penstock("generate")
    for wheel in demo.links.glob("pebble*"):
        wheel.unlink()
    done = penstock("build")
    assert done.code == 0
    assert "warning: config.yaml was not tried, the wheel cannot be installed here: " in done.err
    assert penstock("build", "--boot-test").err.startswith("the wheel cannot be installed:\n")


def test_another_python_is_told(tmp_path) -> None:
    one = Trial(command="x", sample="", requires_python=">=3.99")
    assert one(tmp_path / "x.whl") == ("config.yaml was not tried: this Python is not >=3.99",)


def test_without_a_cache_it_is_tried_each_time(demo, penstock, monkeypatch) -> None:
    (demo.root / "file").write_text("")
    monkeypatch.setenv("PENSTOCK_CACHE_DIR", str(demo.root / "file"))
    penstock("generate")
    assert penstock("build").code == 0


def test_every_server_of_a_configuration_gets_a_free_port() -> None:
    sample = (ROOT / "distributions/pencol/config.yaml").read_text()
    assert list(free_ports(sample)) == [
        "receivers.otlp.protocols.grpc.endpoint=127.0.0.1:0",
        "receivers.otlp.protocols.http.endpoint=127.0.0.1:0",
        "extensions.health_check.endpoint=127.0.0.1:0",
        "extensions.zpages.endpoint=127.0.0.1:0",
        "service.telemetry.metrics.level=none",
    ]
    assert list(free_ports("receivers: {a: {url: 'example.org:80', b: ':1'}}")) == [
        "receivers.a.b=127.0.0.1:0",
        "service.telemetry.metrics.level=none",
    ]


@pytest.mark.timeout(60)
def test_b_74_a_real_distribution_is_ready_within_five_seconds(tmp_path, monkeypatch) -> None:
    import time

    from penstock_builder.reading import Reading
    from penstock_builder.scaffold.init import Repository, make_repository
    from penstock_builder.steps import build_distribution, open_workspace
    from penstock_builder.wanted import Wanted

    make_repository(Repository(folder=tmp_path / "edge", source=ROOT), offline=True)
    began: list[float] = []
    start = Trial._start

    def timed(self: Trial, home: Path) -> None:
        began.append(time.monotonic())
        start(self, home)
        began.append(time.monotonic())

    monkeypatch.setattr(Trial, "_start", timed)
    monkeypatch.setenv("PENSTOCK_CACHE_DIR", str(tmp_path / "cache"))
    workspace = open_workspace(tmp_path / "edge/builder-manifest.yaml", how=Reading(roots=(ROOT,)))
    assert build_distribution(workspace, tmp_path / "dist", Wanted(boot=True, offline=True)).warnings == ()
    assert began[1] - began[0] < 5 * 2  # twice, because others use this machine too
