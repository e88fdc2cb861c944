"""The command line: what each command says, where, and with which exit code."""

import json
import socket
import sys
from dataclasses import replace

import click
import pytest
import yaml

from penstock_api import ComponentId, ConfigError, Registered, StartError
from penstock_collector.commands import featuregate
from penstock_collector.gates import Gate, Gates, Stage
from penstock_collector.loading import Loader

from .written import BUILD, CANARY, COMPONENTS, GOOD, SERVICE, Demo, Inner, load

STABLE = Gate(id="a.stable", stage=Stage.STABLE, description="Old.", from_version="0.1.0", to_version="0.3.0")
GONE = Gate(id="b.gone", stage=Stage.DEPRECATED, description="Gone.", from_version="0.1.0")
BETA = Gate(id="c.beta", stage=Stage.BETA, description="New.", from_version="0.2.0")
KNOWN = (STABLE, GONE, BETA)


@pytest.fixture
def no_sockets(monkeypatch):
    def refuse(*_args, **_more):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)


def test_version_is_one_line_on_stdout(shell):
    assert (shell("--version"), shell.out, shell.err) == (0, "pencol version 1.2.3\n", "")
    assert (shell("-v"), shell.out) == (0, "pencol version 1.2.3\n")
    assert (shell("--config", "x", "--version"), shell.out) == (0, "pencol version 1.2.3\n")


def test_version_imports_no_engine_and_no_click():
    import subprocess

    code = (
        "import sys; from penstock_collector.cli import main; from types import SimpleNamespace as N\n"
        "assert main(N(command='c', version='1'), None, argv=['--version']) == 0\n"
        "assert not {'click', 'pydantic', 'penstock_engine', 'yaml'} & set(sys.modules), sorted(sys.modules)"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
        == b"c version 1\n"
    )


@pytest.mark.usefixtures("no_sockets")
def test_c_28_validate_is_silent_opens_no_port_and_makes_no_file(shell):
    path = shell.file(GOOD)
    before = sorted(shell.folder.iterdir())
    assert (shell("validate", "--config", path), shell.out, shell.err) == (0, "", "")
    assert sorted(shell.folder.iterdir()) == before


def test_c_29_validate_names_the_path_of_a_cycle(shell):
    cycle = "connectors: {join: }\n" + GOOD.replace("[demo]", "[demo, join]").replace("[sink]", "[join]")
    assert shell("validate", "--config", shell.file(cycle)) == 2
    assert shell.err.startswith("Error: ")
    assert (
        'cycle detected: connector "join" (traces to traces) -> connector "join" (traces to traces)'
        in shell.err
    )


@pytest.mark.parametrize("words", [(), ("run",), ("validate",), ("print-config",), ("--set", "a=1")])
def test_c_30_a_missing_config_is_said_with_exit_2(shell, words):
    assert shell(*words) == 2
    assert shell.err == "Error: at least one config flag must be provided\n  hint: add --config FILE\n"


def test_a_wrong_file_is_exit_2_with_every_mistake_on_stderr(shell):
    path = shell.file(GOOD.replace("demo: }", "demo: {nmuber: 1, inner: {size: x}}}"))
    assert (shell("validate", "--config", path), shell.out) == (2, "")
    assert shell.err == (
        f"Error: {path}:1: receivers::demo::nmuber: unknown key\n  hint: did you mean `number`?\n"
        f"Error: {path}:1: receivers::demo::inner::size: expected a whole number, got a string: 'x'\n"
    )


def test_a_missing_file_is_exit_2(shell):
    assert shell("validate", "--config", "/no/such.yaml") == 2
    assert shell.err == "Error: unable to read the file file:/no/such.yaml: No such file or directory\n"


def test_an_unknown_scheme_is_exit_2(shell):
    assert shell("validate", "--config", "ftp:x") == 2
    assert shell.err == 'Error: unsupported scheme on URI "ftp:x"\n'


def test_config_and_set_may_stand_before_and_after_the_command(shell):
    path = shell.file(GOOD)
    assert (
        shell(
            "--config",
            path,
            "--set",
            "receivers.demo.number=1",
            "validate",
            "--set",
            "receivers.demo.flag=false",
        )
        == 0
    )
    assert shell("--set", "receivers.demo.number=x", "validate", "--config", path) == 2


def test_warnings_stand_on_stderr(shell, monkeypatch):
    monkeypatch.delenv("X", raising=False)
    path = shell.file(GOOD.replace("demo: }", "demo: {text: '${X}'}}"))
    assert (shell("validate", "--config", path), shell.out) == (0, "")
    assert shell.err == "warning: environment variable is not set, it counts as null: X\n"


def test_an_unknown_command_or_option_is_exit_2(shell):
    assert (shell("nope"), shell("validate", "--nope")) == (2, 2)
    assert "No such option" in shell.err


def test_help_names_the_commands_and_loads_only_them(shell):
    assert shell("--help") == 0
    for name in ("components", "featuregate", "print-config", "run", "validate"):
        assert f"\n  {name} " in shell.out


def test_a_distribution_may_add_commands_that_are_made_when_called(shell):
    @click.command("extra")
    def extra():
        click.echo("here")

    shell.commands = {"extra": lambda: extra, "never": lambda: pytest.fail("made")}
    assert (shell("extra"), shell.out) == (0, "here\n")


def running(monkeypatch, outcome):
    seen = []

    def run(load, build, components, _gates):
        seen.append((load(), build, components))
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr("penstock_collector.runner.run", run)
    return seen


@pytest.mark.parametrize("words", [(), ("run",)])
def test_no_command_and_run_run_the_collector_and_return_its_exit_code(shell, monkeypatch, words):
    seen = running(monkeypatch, 1)
    assert shell(*words, "--config", shell.file(GOOD)) == 1
    assert [(list(config.receivers), build, known) for config, build, known in seen] == [
        ([ComponentId("demo")], BUILD, COMPONENTS)
    ]
    assert running(monkeypatch, 0) == []
    assert shell(*words, "--config", shell.file(GOOD)) == 0


def test_what_cannot_start_is_exit_1_without_a_traceback(shell, monkeypatch):
    running(monkeypatch, StartError('cannot start "otlp" receiver: port in use: 4317'))
    assert shell("--config", shell.file(GOOD)) == 1
    assert shell.err == 'Error: cannot start "otlp" receiver: port in use: 4317\n'


def test_the_loader_reads_everything_again(shell, monkeypatch):
    path = shell.file(GOOD)
    loaders: list[Loader] = []
    monkeypatch.setattr("penstock_collector.runner.run", lambda load, *_: loaders.append(load) or 0)
    shell("--config", path)
    monkeypatch.setenv("N", "1")
    shell.file(GOOD.replace("demo: }", "demo: {number: '${N}'}}"))
    first = loaders[0]()
    monkeypatch.setenv("N", "2")
    assert [next(iter(one.receivers.values())).config.number for one in (first, loaders[0]())] == [1, 2]


FULL = (
    GOOD.replace(
        "demo: }",
        "demo: {number: 7, text: '${X}', maybe: , timeout: 1h30m, token: '$$t', headers: {a: s3cret}, tags: ['08', '0o7', 'yes', '1e3'],"
        " queue: {enabled: false}, batch: , inner: {wait: 7ns}}}",
    )
    + "service::telemetry: {metrics: {level: none}}\nextensions: {watch: }"
)


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_c_31_print_config_reads_back_as_the_same_configuration(shell, monkeypatch, form):
    monkeypatch.setenv("X", "a$$$${x} $$$$ ${Y}")
    monkeypatch.setenv("Y", "$${Z}")
    path = shell.file(FULL)
    assert shell("print-config", "--config", path, "--mode", "unredacted", "--format", form) == 0
    printed = shell.out
    monkeypatch.delenv("X")
    again = load(printed).config
    config = load(FULL.replace("'${X}'", "'a$$$${x} $$$$ $${Y}'")).config
    assert {key: one.config for key, one in again.receivers.items()} == {
        key: one.config for key, one in config.receivers.items()
    }
    assert again.service.telemetry == config.service.telemetry
    assert [(key, one.receivers, one.exporters) for key, one in again.service.pipelines.items()] == [
        (key, one.receivers, one.exporters) for key, one in config.service.pipelines.items()
    ]


def test_print_config_hides_secrets_and_fills_in_defaults(shell):
    path = shell.file(FULL.replace("'${X}'", "x"))
    assert shell("print-config", "--config", path) == 0
    shown = yaml.safe_load(shell.out)["receivers"]["demo"]
    assert (shown["token"], shown["headers"], shown["queue"], shown["timeout"]) == (
        "[REDACTED]",
        {"a": "[REDACTED]"},
        {"enabled": False},
        "90m",
    )
    assert shown["level"] == "low"


def test_print_config_as_json_and_under_its_old_name(shell):
    assert shell("print-initial-config", "--config", shell.file(GOOD), "--format", "json") == 0
    assert json.loads(shell.out)["service"]["pipelines"]["traces"] == {
        "receivers": ["demo"],
        "processors": [],
        "exporters": ["sink"],
    }


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--mode", "m"), 'Error: invalid mode "m": modes are: redacted, unredacted\n'),
        (("--format", "x"), "Error: unrecognized print format: x\n"),
    ],
)
def test_print_config_refuses_what_it_does_not_know(shell, words, message):
    assert (shell("print-config", "--config", shell.file(GOOD), *words), shell.err) == (2, message)


def test_print_config_checks_the_graph_unless_told_not_to(shell):
    path = shell.file(GOOD.replace("traces", "metrics"))
    assert shell("print-config", "--config", path) == 2
    assert shell("print-config", "--config", path, "--no-validate") == 0


def secrets_of(name: str) -> str:
    return f"{{token: {name}, headers: {{authorization: {name}}}, text: ok}}"


@pytest.mark.parametrize(
    "body",
    [
        "token: {0}, nmuber: 1", "token: [{0}]", "token: {{a: {0}}}", "headers: {0}", "headers: [{0}]",
        "headers: [{{name: a, value: [{0}]}}]", "headers: [{{name: a, value: {0}, more: 1}}]", "headers: {{a: {{b: {0}}}}}",
        "tokn: {0}", "inner: {{token: {0}}}", "token: '${{env:1.x}}{0}'", "token: '${{ENV_CANARY}}${{env:1}}'",
        "token: '${{ENV_CANARY}}'", "token: '${{env:$X:-{0}}}'", "token: '${{uu:x:-{0}}}'", "token: {0}, timeout: 5x",
    ],
)  # fmt: skip
def test_c_24_no_secret_shows_in_an_error(shell, monkeypatch, body):
    monkeypatch.setenv("ENV_CANARY", f"{CANARY}${{env:x.{CANARY}}}")
    path = shell.file(GOOD.replace("demo: }", f"demo: {{{body.format(CANARY)}}}}}"))
    for words in (("validate",), ("print-config",), ("run",)):
        assert shell(*words, "--config", path) == 2
        assert shell.err.startswith("Error: ")
        assert CANARY not in shell.out + shell.err


def test_c_24_no_secret_shows_in_a_syntax_error_or_a_wrong_set(shell):
    assert shell("validate", "--config", shell.file(f"receivers: {{demo: {{token: '{CANARY}")) == 2
    assert CANARY not in shell.err
    for text in (
        f"receivers.demo.token=[{CANARY}",
        f"receivers.demo.token={{a: {CANARY}}}",
        f"receivers.demo.tokn={CANARY}",
    ):
        assert shell("validate", "--config", shell.file(GOOD), "--set", text) == 2
        assert CANARY not in shell.err


def test_c_24_no_secret_shows_in_print_config_or_in_a_repr(shell):
    path = shell.file(GOOD.replace("demo: }", f"demo: {secrets_of(CANARY)}}}"))
    for words in ((), ("--format", "json"), ("--no-validate",)):
        assert shell("print-config", "--config", path, *words) == 0
        assert CANARY not in shell.out + shell.err
    assert shell("print-config", "--config", path, "--mode", "unredacted") == 0
    assert shell.out.count(CANARY) == 2
    assert CANARY not in repr(load(GOOD.replace("demo: }", f"demo: {secrets_of(CANARY)}}}")).config)


def test_c_32_components_are_listed_sorted_in_fixed_sections(shell):
    assert shell("components") == 0
    shown = yaml.safe_load(shell.out)
    assert list(shown) == [
        "buildinfo",
        "receivers",
        "processors",
        "exporters",
        "connectors",
        "extensions",
        "providers",
        "converters",
    ]
    assert shown["buildinfo"] == {
        "command": "pencol",
        "description": "A collector for tests",
        "version": "1.2.3",
    }
    assert shown["receivers"] == [
        {"name": "another", "module": "test-project 0.9.0", "stability": {"traces": "Undefined"}},
        {
            "name": "demo",
            "module": "test-project 0.9.0",
            "stability": {"logs": "Undefined", "traces": "Beta"},
        },
    ]
    assert shown["connectors"][0]["stability"] == {
        "traces-to-logs": "Alpha",
        "traces-to-traces": "Undefined",
    }
    assert shown["extensions"][0]["stability"] == {"extension": "Undefined"}
    assert [one["scheme"] for one in shown["providers"]] == ["env", "file", "http", "https", "yaml"]


def test_c_33_featuregate_lists_all_gates_in_columns(shell):
    assert shell("--feature-gates", "service.AllowNoPipelines", "featuregate") == 0
    lines = shell.out.splitlines()
    assert lines[0].split() == ["ID", "Enabled", "Stage", "Description"]
    assert [line.split()[:3] for line in lines[1:]] == [
        ["confmap.enableMergeAppendOption", "false", "Alpha"],
        ["service.AllowNoPipelines", "true", "Alpha"],
    ]


def test_c_33_featuregate_shows_one_gate_and_refuses_an_unknown_one(shell, monkeypatch):
    monkeypatch.setattr(featuregate, "GATES", KNOWN)
    assert shell("featuregate", "a.stable") == 0
    assert (
        shell.out
        == "Feature: a.stable\nEnabled: true\nStage: Stable\nDescription: Old.\nFrom Version: 0.1.0\nTo Version: 0.3.0\n"
    )
    assert (shell("featuregate", "x"), shell.err) == (2, 'Error: feature "x" not found\n')


def test_c_33_a_stable_gate_cannot_be_turned_off_and_a_deprecated_one_not_on():
    with pytest.raises(ConfigError, match=r'feature gate "a\.stable" is stable, can not be disabled'):
        Gates.parse(["-a.stable"], KNOWN)
    with pytest.raises(ConfigError, match=r'feature gate "b\.gone" is deprecated, can not be enabled'):
        Gates.parse(["+b.gone"], KNOWN)
    assert Gates.parse(["a.stable"], KNOWN).notices == (
        'feature gate "a.stable" is stable and already enabled, it will be removed',
    )


def test_gates_are_switched_by_comma_lists():
    gates = Gates.parse(["-c.beta, -b.gone", ""], KNOWN)
    assert [gates.enabled(one.id) for one in KNOWN] == [True, False, False]
    assert [Gates.parse([], KNOWN).enabled(one.id) for one in KNOWN] == [True, False, True]
    with pytest.raises(
        ConfigError, match=r'no such feature gate "x"\. valid gates: \[a\.stable, b\.gone, c\.beta\]'
    ):
        Gates.parse(["x"], KNOWN)


def test_a_gate_id_is_letters_digits_and_dots():
    with pytest.raises(ValueError, match="a gate's id is letters, digits and dots: a-b"):
        Gate(id="a-b", stage=Stage.ALPHA, description="", from_version="")


def test_defaults_are_the_same_for_an_empty_and_a_missing_body():
    assert (Demo(), Inner()) == (
        load(GOOD).demo(),
        load("receivers: {demo: {inner: {}}}\nexporters: {sink: }\n" + SERVICE).demo().inner,
    )


BROKEN = Registered(name="broken", target="no_such_package:factory", project="acme-broken", version="3.1")
HALF = replace(
    COMPONENTS,
    exporters=(*COMPONENTS.exporters, BROKEN),
    providers=(*COMPONENTS.providers, BROKEN),
)


def test_b_78_a_broken_component_that_is_not_configured_disturbs_nobody(shell):
    assert (shell("validate", "--config", shell.file(GOOD), components=HALF), shell.err) == (0, "")


def test_b_78_a_broken_component_that_is_configured_is_named_at_its_place(shell):
    path = shell.file("exporters:\n  broken/b: {}\n")
    assert shell("validate", "--config", path, components=HALF) == 2
    assert "exporters::broken/b: broken cannot be loaded from acme-broken 3.1: " in shell.err
    assert "ModuleNotFoundError: No module named 'no_such_package'" in shell.err
    assert path in shell.err


def test_b_78_a_broken_provider_is_an_error_of_those_who_use_it(shell):
    assert shell("validate", "--config", "broken:x", components=HALF) == 2
    assert shell.err.startswith("Error: broken cannot be loaded from acme-broken 3.1: ModuleNotFoundError")


def test_the_list_of_components_shows_what_is_broken(shell):
    assert shell("components", components=HALF) == 0
    (shown,) = [one for one in yaml.safe_load(shell.out)["exporters"] if one["name"] == "broken"]
    assert shown["module"] == "acme-broken 3.1"
    assert shown["error"].startswith("broken cannot be loaded")
    assert {"scheme": "env", "module": "test-project 0.9.0"} in yaml.safe_load(shell.out)["providers"]


def test_b_77_the_manifest_is_printed_as_it_was_given(shell):
    assert (shell("--print-manifest", manifest=lambda: "dist:\n  name: x\n"), shell.out) == (
        0,
        "dist:\n  name: x\n",
    )
    assert shell("--print-manifest") == 2
