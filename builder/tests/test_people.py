"""What people see: progress, quiet, JSON, help, completion."""

import json
import os
import pty
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
from jsonschema import Draft202012Validator

from penstock_builder.commands import penstock as root
from penstock_builder.events import StepDone, StepFailed, StepStarted, listening, step, timed
from penstock_builder.examples import EXAMPLES
from penstock_builder.helping import GROUPS
from penstock_builder.progress import Plain, Spinner, say, times
from penstock_builder.reports import schemas

COMMANDS = sorted(root.commands)


def examples(command: str) -> tuple[str, ...]:
    """Those of the list, or else those that the command's own help has."""
    own = re.findall(r"^\s+(penstock .*)$", root.commands[command].help or "", re.MULTILINE)
    return EXAMPLES.get(command) or tuple(own)


def test_steps_tell_when_they_begin_and_end() -> None:
    heard: list = []
    with listening(heard.append):
        with step("outer"), step("inner"):
            pass
        with pytest.raises(ZeroDivisionError), step("bad"):
            1 / 0  # noqa: B018
    assert [(type(one), one.step) for one in heard] == [
        (StepStarted, "outer"),
        (StepStarted, "inner"),
        (StepDone, "inner"),
        (StepDone, "outer"),
        (StepStarted, "bad"),
        (StepFailed, "bad"),
    ]
    assert all(one.seconds >= 0 for one in heard if not isinstance(one, StepStarted))


def test_a_function_may_be_a_step_and_nobody_need_listen() -> None:
    @timed("add")
    def add(a: int, b: int = 1) -> int:
        """Sum."""
        return a + b

    assert (add(1, b=2), add.__doc__) == (3, "Sum.")


def test_steps_are_plain_lines_in_ci(demo, penstock, monkeypatch) -> None:
    monkeypatch.setenv("CI", "true")
    lines = penstock("generate").err.splitlines()
    assert [line.split()[-1] for line in lines] == ["read", "lock", "render", "written"]
    assert all("\x1b" not in line for line in lines)


def test_a_failed_step_says_so(capsys) -> None:
    Plain()(StepFailed(step="lock", seconds=1.5))
    assert capsys.readouterr().err == "    1.50 s  lock failed\n"


def test_elsewhere_steps_are_not_shown(demo, penstock) -> None:
    assert penstock("generate").err.endswith("files written\n")
    assert penstock("generate").err == "0 files written\n"


@pytest.mark.parametrize("command", ["lock", "generate", "build"])
def test_quiet_leaves_only_results(demo, penstock, monkeypatch, command) -> None:
    monkeypatch.setenv("CI", "true")
    penstock("generate")
    done = penstock(command, "--quiet")
    assert (done.code, done.err, len(done.out.splitlines())) == (0, "", 1)


def test_quiet_does_not_hide_an_error(demo, penstock, small) -> None:
    demo.manifest(small.replace("receivers:", "recievers:"))
    assert "unknown key" in penstock("generate", "-q").err


def terminal(*words: str, cwd: Path, **variables: str) -> str:
    """What a command writes to a terminal."""
    master, slave = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "NO_COLOR")}
    command = [sys.executable, "-m", "penstock_builder", *words]
    with subprocess.Popen(
        command,
        cwd=cwd,
        env={**environment, "TERM": "xterm", **variables},
        stderr=slave,
        stdout=subprocess.PIPE,
    ) as process:
        os.close(slave)
        seen = b""
        while True:
            try:
                part = os.read(master, 4096)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            seen += part
        process.wait()
    os.close(master)
    return seen.decode()


def test_a_terminal_shows_every_step_with_its_time(demo) -> None:
    seen = terminal("generate", cwd=demo.root)
    assert "✓" in seen
    assert "\x1b[32m" in seen
    for name in ("read", "lock", "render"):
        assert name in seen


def test_no_color_means_none(demo) -> None:
    seen = terminal("generate", cwd=demo.root, NO_COLOR="1")
    assert "lock" in seen
    assert "\x1b[32m" not in seen


def test_the_spinner_survives_failures_and_repeats(capsys) -> None:
    spinner = Spinner()
    for event in (
        StepStarted(step="a"),
        StepStarted(step="b"),
        StepFailed(step="b", seconds=1),
        StepDone(step="a", seconds=2),
    ):
        spinner(event)
    assert "✗ b 1.00 s" in capsys.readouterr().err


def test_rich_is_loaded_only_for_a_terminal() -> None:
    code = "import sys, penstock_builder.commands, penstock_builder.progress; print('rich' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_build_answers_in_json(demo, penstock) -> None:
    penstock("generate")
    done = penstock("build", "--json")
    report = json.loads(done.out)
    Draft202012Validator(json.loads(schemas()["build"])).validate(report)
    assert [one["kind"] for one in report["artifacts"]] == ["wheel"]
    assert {"read", "install the components", "wheel", "try", "build"} == {
        one["step"] for one in report["steps"]
    }


def test_without_a_command_everybody_is_told_and_no_times_are_kept(capsys) -> None:
    say("hello")
    assert (capsys.readouterr().err, times()) == ("hello\n", ())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_help_with_examples(penstock, command) -> None:
    done = penstock(command, "--help")
    assert done.code == 0
    assert examples(command)
    for example in examples(command):
        assert f"\n    {example}\n" in done.out
    assert root.commands[command].help


def test_every_command_has_one_place_in_the_help_and_is_told_whole(penstock) -> None:
    listed = [name for names in GROUPS.values() for name in names]
    assert sorted(listed) == COMMANDS
    out = penstock("--help").out
    for heading in GROUPS:
        assert f"\n{heading}:\n" in out
    assert "..." not in out.partition("\n")[2]


@pytest.mark.parametrize("command", ["build", "check", "lock"])
def test_the_options_of_a_command_come_before_those_of_all(penstock, command) -> None:
    page = penstock(command, "--help").out.partition("\n  Examples:\n")[0]
    own, _, shared = page.partition("\nHow the manifest is read:\n")
    assert "--config FILE" in own
    assert "--help" in own
    assert "--profile NAME" in shared
    assert "--json" in own or command == "lock"
    assert "--json" not in shared


@pytest.mark.parametrize("example", [line for name in COMMANDS for line in examples(name)])
def test_every_example_can_be_parsed(example) -> None:
    words = shlex.split(example.removeprefix("source <(").removesuffix(")"))
    assert words[0] == "penstock"
    command = root.commands[words[1]]
    with click.Context(root) as context:
        made = command.make_context(words[1], words[2:], parent=context, resilient_parsing=True)
        unknown = [
            word for word in words[2:] if word.startswith("-") and word.split("=")[0] not in _options(command)
        ]
    assert (made.command, unknown) == (command, [])


def _options(command: click.Command) -> set[str]:
    return {name for one in command.params if isinstance(one, click.Option) for name in one.opts}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_for_the_shell(penstock, shell) -> None:
    done = penstock("completion", shell)
    assert done.code == 0
    assert "_PENSTOCK_COMPLETE" in done.out


def test_the_script_of_bash_completes_commands() -> None:
    environment = {
        **os.environ,
        "_PENSTOCK_COMPLETE": "bash_complete",
        "COMP_WORDS": "penstock ch",
        "COMP_CWORD": "1",
    }
    program = Path(sys.executable).with_name("penstock")
    done = subprocess.run([program], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout == "plain,check\n"
