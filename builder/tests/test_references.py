"""What comes from an address, required by a wheel that embeds nothing: PEP 508 direct references."""

import os
import ssl
import subprocess
import sys
import zipfile
from email.parser import HeaderParser
from importlib.util import find_spec
from pathlib import Path

import pytest
import trustme

from penstock_builder import uv

ADDRESS = "https://git.example.org/sand.git"


@pytest.fixture
def secure(demo, serve, tmp_path, monkeypatch):
    """The index, over TLS, with a certificate that uv and pip trust."""
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(file)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    monkeypatch.setenv("PIP_CERT", str(file))
    return serve("https", tls)


@pytest.fixture
def commit(demo, tmp_path, monkeypatch) -> str:
    """A commit of a repository that git finds behind `ADDRESS`."""
    folder = tmp_path / "repository"
    demo.project("../repository/inner", "sand", version="1.5", code="VERSION = 'git'\n")
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for words in (("init", "-q"), ("add", "."), (*who, "commit", "-q", "-m", "all")):
        subprocess.run(["git", *words], cwd=folder, check=True)
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", f"url.file://{folder}.insteadOf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", ADDRESS)
    words = ["git", "rev-parse", "HEAD"]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def both(demo, small, secure, commit) -> tuple[str, str]:
    """A component from an archive and a replacement from a repository; the requirements they become."""
    demo.wheel("pebble", "1.1", requires=("sand>=1",))
    demo.wheel("sand", "1.0")
    code = "class factory: pass\n"
    points = {"{info}/entry_points.txt": "[penstock.processor]\nclay = penstock_processor_clay:factory\n"}
    wheel = demo.wheel("penstock_processor_clay", "2.0", code=code, files=points)
    digest = demo.digest("penstock_processor_clay", "2.0")
    url = f"https://{secure.address}/files/{wheel.name}"
    text = small.replace("output_path: out", "output_path: out\n  embed: none")
    text += (
        f"  - {{dependency: sand, git: '{ADDRESS}', rev: '{commit}', subdirectory: inner, reason: tried}}\n"
    )
    text += f"processors:\n  - {{package: penstock-processor-clay, url: '{url}', sha256: '{digest}'}}\n"
    demo.manifest(text)
    return (
        f"penstock-processor-clay @ {url}#sha256={digest}",
        f"sand @ git+{ADDRESS}@{commit}#subdirectory=inner",
    )


def required(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read("demo-1.2.3.dist-info/METADATA").decode()
    return HeaderParser().parsestr(text).get_all("Requires-Dist", [])


def test_a_wheel_that_embeds_nothing_requires_the_commit_and_the_digest(demo, both, make) -> None:
    (wheel,) = make()
    assert required(wheel) == [
        "pebble==1.1",
        "penstock-api==0.1.0",
        "penstock-collector==0.1.0",
        "penstock-exporter-debug==0.1.0",
        both[0],
        "penstock-receiver-otlp==0.1.0",
        both[1],
    ]
    assert "allow-direct-references = true" in demo.read("pyproject.toml")


def test_an_installer_takes_them_from_their_addresses(demo, both, make) -> None:
    wheel, wheelhouse = make("--output", "wheel,wheelhouse")
    site = demo.root / "site"
    local = [one for one in wheelhouse.glob("penstock_*.whl") if "clay" not in one.name]
    uv.run(["pip", "install", "--target", str(site), str(wheel), *map(str, local)], cwd=demo.root)
    assert (site / "sand/__init__.py").read_text() == "VERSION = 'git'\n"
    assert (site / "penstock_processor_clay/__init__.py").exists()


def test_the_wheelhouse_says_how_it_is_installed(demo, both, make, tmp_path) -> None:
    (wheelhouse,) = make("--output", "wheelhouse")
    head, *lines = (wheelhouse / "requirements.txt").read_text().splitlines()
    assert head.startswith("# install with --no-deps: ")
    names = [line.partition(" ")[0] for line in lines]
    assert {"penstock-processor-clay==2.0", "sand==1.5", "pebble==1.1"} <= set(names)
    target = tmp_path / "target"
    words = ["--no-index", "--require-hashes", "--find-links", wheelhouse, "--no-deps", "--target", target]
    pip = [sys.executable, "-m", "pip", "install", "-q", *words, "-r", wheelhouse / "requirements.txt"]
    subprocess.run(list(map(str, pip)), check=True, env={"PATH": os.environ["PATH"]})
    assert (target / "sand/__init__.py").exists()


@pytest.mark.skipif(find_spec("pex") is None, reason="the library pex is not installed")
def test_the_pex_starts(demo, both, make, tmp_path) -> None:
    (file,) = make("--output", "pex")
    environment = {"PEX_ROOT": str(tmp_path / "root"), "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
    done = subprocess.run([file, "--version"], capture_output=True, text=True, env=environment, check=False)
    assert (done.stdout, done.stderr) == ("demo 1.2.3\n", "")


def test_a_policy_may_forbid_addresses(demo, both, penstock) -> None:
    text = (demo.root / "builder-manifest.yaml").read_text()
    demo.manifest(text + "policy: {forbid_urls: true}\n")
    done = penstock("generate")
    assert done.code == 1
    assert "processors[0].url: `policy.forbid_urls` does not allow it" in done.err
    assert "replaces[1].git: `policy.forbid_urls` does not allow it" in done.err
