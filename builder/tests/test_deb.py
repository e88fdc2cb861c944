"""The Debian package: what is in it, and what it does to a machine when it comes, changes and goes."""

import gzip
import io
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

UNIT = "demo.service"


def run(*command, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(one) for one in command], capture_output=True, text=True, check=False, **options
    )


@pytest.fixture
def deb(make) -> Path:
    (made,) = make("--output", "deb")
    return made


def parts(deb: Path) -> dict[str, bytes]:
    """The members of an ar archive."""
    data, found = deb.read_bytes(), {}
    assert data[:8] == b"!<arch>\n"
    place = 8
    while place < len(data):
        head = data[place : place + 60].decode()
        size = int(head[48:58])
        found[head[:16].strip()] = data[place + 60 : place + 60 + size]
        place += 60 + size + size % 2
    return found


def archive(deb: Path, name: str) -> tarfile.TarFile:
    return tarfile.open(fileobj=io.BytesIO(gzip.decompress(parts(deb)[f"{name}.tar.gz"])))


def text(deb: Path, name: str) -> str:
    with archive(deb, "control") as found:
        return found.extractfile(f"./{name}").read().decode()


def test_the_package_has_the_three_members_in_their_order(deb) -> None:
    found = parts(deb)
    assert list(found) == ["debian-binary", "control.tar.gz", "data.tar.gz"]
    assert found["debian-binary"] == b"2.0\n"


def test_the_files_are_where_debian_wants_them(deb) -> None:
    with archive(deb, "data") as found:
        files = {one.name: one for one in found if one.isfile()}
        outside = [name for name in files if not name.startswith("./opt/demo/lib/")]
        assert {one.mtime for one in found} == {1580601600}
        assert {one.uid for one in found} == {0}
    assert outside == [
        "./etc/demo/config.yaml",
        "./etc/demo/demo.conf",
        "./lib/systemd/system/demo.service",
        "./opt/demo/bin/demo",
        "./usr/share/doc/demo/copyright",
    ]
    assert files["./opt/demo/bin/demo"].mode == 0o755
    assert "./opt/demo/lib/pebble/__init__.py" in files


def test_the_control_file_says_what_it_is_and_needs(deb) -> None:
    lines = text(deb, "control").splitlines()
    assert [line for line in lines if not line.startswith("Installed-Size: ")] == [
        "Package: demo",
        "Version: 1.2.3",
        "Architecture: all",
        "Maintainer: demo <root@localhost>",
        f"Depends: python3 (>= 3.{sys.version_info.minor})",
        "Section: net",
        "Priority: optional",
        "Description: a demo",
    ]
    assert text(deb, "conffiles") == "/etc/demo/config.yaml\n/etc/demo/demo.conf\n"


def test_the_first_author_is_the_maintainer(demo, small, make) -> None:
    authors = "  authors: [{name: A B, email: a@b.example}, {name: C}]\n"
    demo.manifest(small.replace("  output_path: out\n", "  output_path: out\n" + authors))
    (made,) = make("--output", "deb")
    assert "Maintainer: A B <a@b.example>\n" in text(made, "control")


def test_a_pre_release_sorts_before_its_release(demo, small, make) -> None:
    demo.manifest(small.replace('"1.2.3"', '"1.2.3rc1"'))
    (made,) = make("--output", "deb")
    assert made.name == "demo_1.2.3~rc1_all.deb"


def test_compiled_code_binds_the_package_to_a_processor_and_a_python(demo, make) -> None:
    demo.wheel("pebble", "1.1", files={"pebble/fast.so": "\x7fELF"})
    (made,) = make("--output", "deb")
    assert made.name in ("demo_1.2.3_amd64.deb", "demo_1.2.3_arm64.deb")
    minor = sys.version_info.minor
    assert f"Depends: python3 (>= 3.{minor}), python3 (<< 3.{minor + 1})\n" in text(made, "control")


def test_dpkg_deb_reads_it(deb) -> None:
    if shutil.which("dpkg-deb") is None:
        pytest.skip("dpkg-deb is not installed")
    shown = run("dpkg-deb", "-I", deb)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "Package: demo" in shown.stdout
    listed = run("dpkg-deb", "-c", deb)
    assert (listed.returncode, "./opt/demo/bin/demo" in listed.stdout) == (0, True)


class Machine:
    """A folder that takes the place of a machine's root, and a systemctl that writes down what it is told."""

    def __init__(self, root: Path, *, systemd: bool = True) -> None:
        self.root = root / "machine"
        for folder in (
            "var/lib/dpkg/info",
            "var/lib/dpkg/updates",
            *(["run/systemd/system"] if systemd else []),
        ):
            (self.root / folder).mkdir(parents=True)
        (self.root / "var/lib/dpkg/status").write_text("")
        self._log = root / "systemctl.log"
        tools = root / "tools"
        tools.mkdir()
        (tools / "systemctl").write_text(f'#!/bin/sh\necho "$@" >> "{self._log}"\n')
        (tools / "systemctl").chmod(0o755)
        self.env = {"PATH": f"{tools}:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}

    def dpkg(self, *words) -> list[str]:
        """What systemctl was told while dpkg ran."""
        self._log.write_text("")
        force = ["--force-script-chrootless", "--force-not-root", "--force-depends", "--force-confold"]
        done = run("dpkg", f"--root={self.root}", *force, *words, env=self.env)
        assert done.returncode == 0, done.stderr
        return self._log.read_text().splitlines()


@pytest.fixture
def machine(tmp_path) -> Machine:
    if shutil.which("dpkg") is None:
        pytest.skip("dpkg is not installed")
    return Machine(tmp_path)


def test_b_86_the_first_installation_enables_and_starts(deb, machine) -> None:
    assert machine.dpkg("-i", deb) == ["daemon-reload", f"enable {UNIT}", f"restart {UNIT}"]
    done = run("/usr/bin/python3", machine.root / "opt/demo/bin/demo", "--version", env=machine.env)
    assert done.stdout == "demo 1.2.3\n"


def test_b_86_an_upgrade_does_not_stop(deb, machine) -> None:
    machine.dpkg("-i", deb)
    (machine.root / "etc/demo/config.yaml").write_text("mine\n")
    assert machine.dpkg("-i", deb) == ["daemon-reload", f"try-restart {UNIT}"]
    assert (machine.root / "etc/demo/config.yaml").read_text() == "mine\n"


def test_b_86_removal_stops_disables_and_takes_the_unit_away(deb, machine) -> None:
    machine.dpkg("-i", deb)
    assert machine.dpkg("-r", "demo") == [f"stop {UNIT}", f"disable {UNIT}", "daemon-reload"]
    assert not (machine.root / "lib/systemd/system/demo.service").exists()
    assert not (machine.root / "opt/demo").exists()
    assert (machine.root / "etc/demo/config.yaml").exists()


def test_b_86_purging_takes_configuration_and_state_too(deb, machine) -> None:
    machine.dpkg("-i", deb)
    state = machine.root / "var/lib/demo"
    state.mkdir()
    machine.dpkg("--purge", "demo")
    assert not state.exists()
    assert not (machine.root / "etc/demo").exists()


def test_a_machine_without_systemd_gets_the_files_alone(deb, tmp_path, machine) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    assert Machine(bare, systemd=False).dpkg("-i", deb) == []


def called(script: str, *words: str, tmp_path: Path) -> list[str]:
    """What a script tells systemctl on a machine that has systemd."""
    file, log = tmp_path / "script", tmp_path / "log"
    log.write_text("")
    file.write_text(script.replace("[ -d /run/systemd/system ]", "true"))
    (tmp_path / "systemctl").write_text(f'#!/bin/sh\necho "$@" >> "{log}"\n')
    (tmp_path / "systemctl").chmod(0o755)
    assert run("/bin/sh", file, *words, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}).returncode == 0
    return log.read_text().splitlines()


def test_b_86_an_rpm_neither_enables_nor_starts(demo, penstock, tmp_path) -> None:
    assert penstock("generate").code == 0
    script = demo.read("packaging/rpm/postinstall")
    assert called(script, "1", tmp_path=tmp_path) == ["daemon-reload"]
    assert called(script, "2", tmp_path=tmp_path) == ["daemon-reload", f"try-restart {UNIT}"]


def test_b_86_an_rpm_stops_when_it_is_removed_and_not_when_it_is_upgraded(demo, penstock, tmp_path) -> None:
    assert penstock("generate").code == 0
    script = demo.read("packaging/rpm/preremove")
    assert called(script, "1", tmp_path=tmp_path) == []
    assert called(script, "0", tmp_path=tmp_path) == [f"--no-reload disable --now {UNIT}"]
    assert called(demo.read("packaging/rpm/postremove"), "0", tmp_path=tmp_path) == ["daemon-reload"]


def test_the_unit_starts_the_program_that_the_package_has(demo, penstock) -> None:
    assert penstock("generate").code == 0
    assert "ExecStart=/opt/demo/bin/demo --config /etc/demo/config.yaml $OPTIONS\n" in demo.read(
        "demo.service"
    )
