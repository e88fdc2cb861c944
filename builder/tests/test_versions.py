"""Which versions are chosen, which must agree, and who is named when they do not."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from penstock_builder import __version__
from penstock_builder.errors import LockError
from penstock_builder.lock import parse
from penstock_builder.pylock import pylock
from penstock_builder.steps import open_workspace


def pins(demo) -> list[str]:
    return [str(pin) for pin in parse(demo.read("requirements.lock")).pins]


def indexed(demo, small, requirement: str, more: str = "") -> None:
    """A manifest with a connector from the index."""
    demo.manifest(f"{small}connectors:\n  - package: {requirement}\n{more}")


def test_b_40_locking_again_gives_the_same_bytes_and_check_needs_no_network(
    demo, penstock, monkeypatch
) -> None:
    penstock("generate")
    first = demo.read("requirements.lock")
    assert penstock("lock").err == "requirements.lock is current\n"
    (demo.root / "out/requirements.lock").unlink()
    assert penstock("lock").code == 0
    assert demo.read("requirements.lock") == first
    monkeypatch.setattr("socket.socket", None)
    assert penstock("check").code == 0


def test_b_40_the_lock_says_what_was_asked_and_by_whom(demo, penstock) -> None:
    demo.component("exporter", "debug", requires=("penstock-api", "gravel"))
    demo.wheel("gravel", "1.0", requires=("pebble",))
    penstock("lock")
    lock = parse(demo.read("requirements.lock"))
    assert lock.wants == ("gravel", "pebble<2,>=1")
    assert [(pin.name, pin.via) for pin in lock.pins] == [("gravel", ()), ("pebble", ("gravel",))]


def test_b_41_a_stale_lock_says_which_requirement_changed(demo, penstock) -> None:
    penstock("generate")
    demo.component("exporter", "debug", requires=("penstock-api", "pebble"))
    done = penstock("check")
    assert done.code == 1
    assert "requirements.lock: was made before penstock-exporter-debug required: pebble\n" in done.err
    assert done.err.endswith("hint: run: penstock generate\n")
    demo.component("exporter", "debug")
    demo.component("receiver", "otlp", requires=("penstock-api", "pebble>=1"))
    done = penstock("lock", "--check")
    assert done.code == 1
    assert done.err == (
        "out/requirements.lock: was made before penstock-receiver-otlp required: pebble>=1\n"
        "out/requirements.lock: was made for a requirement that is gone: pebble<2,>=1\n\n"
        "hint: run: penstock lock\n"
    )


def test_lock_check_of_a_current_lock_writes_nothing(demo, penstock, monkeypatch) -> None:
    penstock("lock")
    monkeypatch.setattr("subprocess.run", None)
    done = penstock("lock", "--check")
    assert (done.code, done.err) == (0, "requirements.lock is current\n")


def test_lock_check_and_upgrade_are_two_commands(demo, penstock) -> None:
    done = penstock("lock", "--check", "--upgrade")
    assert done.code == 2
    assert "--check changes nothing: leave out --upgrade and --pylock" in done.err


def test_b_42_a_conflict_shows_both_chains_with_their_lines(demo, penstock) -> None:
    demo.project("components/core/api", "penstock-api", requires=("pebble>=2",))
    done = penstock("lock")
    assert done.code == 1
    assert "builder-manifest.yaml:10: penstock-receiver-otlp asks for pebble<2,>=1\n" in done.err
    assert "builder-manifest.yaml:7: penstock-collector -> penstock-api asks for pebble>=2\n" in done.err


def test_b_43_a_component_locked_at_another_series_is_an_error_that_names_who_forced_it(
    demo, penstock, small
) -> None:
    for version in ("1.2.0", "1.2.5", "1.4.0"):
        demo.wheel("penstock_connector_acme", version)
    indexed(demo, small, "penstock-connector-acme >= 1.2")
    demo.component("exporter", "debug", requires=("penstock-api", "penstock-connector-acme>=1.3"))
    done = penstock("generate")
    assert done.code == 1
    assert done.err == (
        "builder-manifest.yaml:20:14: connectors[0].package: is 1.2 here, and locked at: 1.4.0 "
        "(penstock-exporter-debug asks for penstock-connector-acme>=1.3)\n\n"
        "hint: write the version that is meant, or list the project under `versions.exempt`\n"
    )
    assert not (demo.root / "out").exists()
    for versions in ("strict: false", "exempt: [Penstock.Connector.Acme]"):
        indexed(demo, small, "penstock-connector-acme >= 1.2", f"versions:\n  {versions}\n")
        assert penstock("generate").code == 0


def test_b_43_a_patch_is_no_other_series(demo, penstock, small) -> None:
    for version in ("1.2.0", "1.2.5"):
        demo.wheel("penstock_connector_acme", version)
    indexed(demo, small, "penstock-connector-acme ~= 1.2.0")
    assert penstock("generate").code == 0
    assert "penstock-connector-acme==1.2.5" in pins(demo)


@pytest.mark.parametrize(("wanted", "code"), [(">=0.1,<99", 0), ("<0.1", 3)])
def test_b_44_the_manifest_may_ask_for_a_builder(demo, penstock, small, wanted: str, code: int) -> None:
    demo.manifest(f'{small}versions:\n  builder: "{wanted}"\n')
    done = penstock("lock")
    assert done.code == code
    if code:
        assert done.err == (
            f"builder-manifest.yaml: needs another builder: <0.1; this is penstock {__version__}\n\n"
            "hint: install penstock-builder <0.1\n"
        )


@pytest.mark.parametrize("command", ["lock", "plan", "generate", "check", "build"])
def test_b_44_the_command_line_may_ask_for_a_builder_too(demo, penstock, command: str) -> None:
    penstock("generate")
    assert penstock(command, "--builder-version", ">=0.1,<99").code == 0
    done = penstock(command, "--builder-version=<0.1")
    assert (done.code, done.out) == (3, "")
    said = f"--builder-version: needs another builder: <0.1; this is penstock {__version__}"
    assert done.err.startswith((said, f"builder-manifest.yaml: {said}"))
    assert done.err.endswith("\n\nhint: install penstock-builder <0.1\n")


def test_b_44_a_range_of_the_command_line_that_is_none_is_a_mistake(demo, penstock) -> None:
    done = penstock("lock", "--builder-version", "newest")
    assert done.code == 2
    assert "is not a version range: 'newest'" in done.err


def test_b_44_a_range_that_is_none_is_a_mistake(demo, penstock, small) -> None:
    demo.manifest(f"{small}versions:\n  builder: newest\n")
    assert "versions.builder: is not a version range: 'newest'" in penstock("lock").err


def test_b_45_a_train_has_one_version_and_who_is_off_is_listed(demo, penstock, small) -> None:
    demo.component("exporter", "debug", version="0.2.0")
    text = small.replace("penstock-exporter-debug == 0.1.0", "penstock-exporter-debug == 0.2.0")
    demo.manifest(f'{text}versions:\n  trains: ["penstock-*"]\n')
    done = penstock("generate")
    assert done.code == 1
    assert done.err == (
        "builder-manifest.yaml:20:11: versions.trains: projects of one train have several versions: penstock-*: "
        "0.1.0: penstock-api, penstock-collector, penstock-receiver-otlp; 0.2.0: penstock-exporter-debug\n\n"
        "hint: give them one version, or list some under `versions.exempt`\n"
    )
    demo.manifest(f'{text}versions:\n  trains: ["penstock-*"]\n  exempt: [penstock-exporter-debug]\n')
    assert penstock("generate").code == 0


def test_b_46_distributions_of_one_repository_share_a_version(demo, penstock, small) -> None:
    (demo.root / "a.yaml").write_text(f"{small.replace('path: out', 'path: a')}versions:\n  same: true\n")
    (demo.root / "b.yaml").write_text(small.replace("1.2.3", "1.2.4").replace("path: out", "path: b"))
    for name in ("a.yaml", "b.yaml"):
        assert penstock("generate", "-c", name).code == 0
    assert penstock("check", "b.yaml").code == 0
    done = penstock("check", "a.yaml", "b.yaml")
    assert done.code == 1
    assert "b: dist.version is 1.2.4, but a.yaml says that all have: 1.2.3\n" in done.err


@pytest.fixture
def index(demo, monkeypatch, tmp_path):
    """An index on the loopback interface that says when its files were published."""
    days = {"1.0": "2026-01-01", "1.1": "2026-03-01"}

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            name = self.path.rpartition("/")[2]
            body = (demo.links / name).read_bytes() if name else json.dumps(self.page()).encode()
            self.send_response(200)
            self.send_header(
                "Content-Type", "application/octet-stream" if name else "application/vnd.pypi.simple.v1+json"
            )
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body if self.command == "GET" else b"")

        def page(self) -> dict:
            files = [
                {
                    "filename": f"pebble-{version}-py3-none-any.whl",
                    "url": f"/files/pebble-{version}-py3-none-any.whl",
                    "hashes": {"sha256": demo.digest("pebble", version)},
                    "upload-time": f"{day}T00:00:00Z",
                }
                for version, day in days.items()
            ]
            return {"meta": {"api-version": "1.1"}, "name": "pebble", "versions": list(days), "files": files}

        def log_message(self, *_) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.delenv("UV_OFFLINE")
    monkeypatch.delenv("UV_FIND_LINKS")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://127.0.0.1:{server.server_port}/simple/")
    yield days
    server.shutdown()
    server.server_close()


def test_b_47_a_day_makes_a_manifest_resolve_the_same_later(demo, penstock, small, index) -> None:
    demo.manifest(f'{small}versions:\n  exclude_newer: "2026-02-01"\n')
    assert penstock("lock").code == 0
    assert pins(demo) == ["pebble==1.0"]
    first = demo.read("requirements.lock")
    index["1.0"] = "2026-01-01"
    assert penstock("lock", "--upgrade").err == "requirements.lock is current\n"
    assert demo.read("requirements.lock") == first
    demo.manifest(f'{small}versions:\n  exclude_newer: "2026-04-01"\n')
    assert "requirements.lock: was made for other requirements" in penstock("lock", "--check").err
    assert penstock("lock", "--upgrade").code == 0
    assert pins(demo) == ["pebble==1.1"]


def test_b_47_a_day_that_is_none_is_a_mistake(demo, penstock, small) -> None:
    demo.manifest(f'{small}versions:\n  exclude_newer: "yesterday"\n')
    assert "versions.exclude_newer: is not a day: 'yesterday'" in penstock("lock").err


def test_b_48_the_standard_lock_has_relative_paths_and_a_hash_for_every_archive(demo, penstock) -> None:
    import tomllib

    from packaging.pylock import Pylock

    penstock("lock")
    done = penstock("lock", "--pylock", "made/pylock.toml")
    assert (done.code, done.out) == (0, "out/requirements.lock\nmade/pylock.toml\n")
    text = (demo.root / "made/pylock.toml").read_text()
    (package,) = Pylock.from_dict(tomllib.loads(text)).packages
    assert (package.name, str(package.version)) == ("pebble", "1.1")
    assert package.wheels[0].hashes == {"sha256": demo.digest("pebble", "1.1")}
    assert package.wheels[0].path == "../../links/pebble-1.1-py3-none-any.whl"
    assert str(demo.links) not in text
    assert penstock("lock", "--pylock", "made/pylock.toml").code == 0
    assert (demo.root / "made/pylock.toml").read_text() == text


def test_b_48_a_name_that_no_tool_knows_is_refused(demo, penstock) -> None:
    done = penstock("lock", "--pylock", "lock.toml")
    assert done.code == 2
    assert "--pylock must be called pylock.toml or pylock.<name>.toml: lock.toml" in done.err
    assert not (demo.root / "out").exists()


def test_b_48_a_standard_lock_that_pins_something_else_is_refused(demo, penstock, monkeypatch) -> None:
    made = 'lock-version = "1.0"\ncreated-by = "uv"\npackages = []\n'
    monkeypatch.setattr("penstock_builder.pylock.compiled", lambda *_, **__: made)
    assert (
        "pylock.toml would pin other versions than requirements.lock: pebble"
        in penstock("lock", "--pylock", "pylock.toml").err
    )
    monkeypatch.setattr("penstock_builder.pylock.compiled", lambda *_, **__: made.replace('"1.0"', '"9.0"'))
    assert "pylock.toml cannot be made: " in penstock("lock", "--pylock", "pylock.toml").err


def test_what_is_outdated_is_told_with_what_fits_and_who_asks(demo, penstock) -> None:
    penstock("lock")
    demo.wheel("pebble", "1.2")
    done = penstock("outdated")
    assert done.code == 0
    assert done.out == (
        "NAME    LOCKED  FITS  LATEST  REQUIRED BY\npebble  1.1     1.2   2.0     penstock-receiver-otlp\n"
    )


def test_b_84_outdated_pins_as_json(demo, penstock) -> None:
    from jsonschema import validate

    from penstock_builder.reports import schemas

    penstock("lock")
    report = json.loads(penstock("outdated", "--json").out)
    validate(report, json.loads(schemas()["outdated"]))
    (pin,) = report["pins"]
    assert (pin["name"], pin["locked"], pin["fits"], pin["latest"]) == ("pebble", "1.1", "1.1", "2.0")


def test_nothing_outdated_is_said_in_one_line(demo, penstock) -> None:
    penstock("lock")
    (demo.links / "pebble-2.0-py3-none-any.whl").unlink()
    assert penstock("outdated").err == "every pin is the newest version\n"


def test_an_index_that_cannot_be_asked_is_one_error(demo, penstock, monkeypatch) -> None:
    penstock("lock")
    text = demo.read("requirements.lock")
    monkeypatch.setattr("penstock_builder.outdated.relock", lambda *_, **__: text)
    for file in demo.links.iterdir():
        file.unlink()
    done = penstock("outdated")
    assert done.code == 1
    assert done.err.startswith("the newest versions cannot be found:\n")


def test_a_standard_lock_that_cannot_be_made_is_one_error(demo, penstock) -> None:
    penstock("lock")
    workspace = open_workspace(demo.root / "builder-manifest.yaml")
    lock = parse(demo.read("requirements.lock"))
    for file in demo.links.iterdir():
        file.unlink()
    with pytest.raises(LockError, match=r"pylock.toml cannot be made:\n"):
        pylock(workspace.resolution, lock, demo.root)
