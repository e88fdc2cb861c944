"""A small world for the builder: component projects, a manifest, and wheels that take the place of an index."""

import base64
import hashlib
import ssl
import sys
import threading
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath

import pytest

from penstock_builder import cli
from penstock_builder.ledger import ledger_text

_API = """
from dataclasses import dataclass

@dataclass(frozen=True)
class BuildInfo:
    command: str
    description: str
    version: str

@dataclass(frozen=True)
class Registered:
    name: str
    target: str
    project: str
    version: str

    @property
    def factory(self) -> object:
        module, _, attribute = self.target.partition(":")
        return getattr(__import__("importlib").import_module(module), attribute)

@dataclass(frozen=True)
class Components:
    receivers: tuple[Registered, ...]
    processors: tuple[Registered, ...]
    exporters: tuple[Registered, ...]
    connectors: tuple[Registered, ...]
    extensions: tuple[Registered, ...]
    providers: tuple[Registered, ...]
    converters: tuple[Registered, ...]
"""

_COLLECTOR = """
import sys

def sample(words):
    text = open(words[words.index("--config") + 1]).read()
    if "exporters" not in text:
        print("Error: config.yaml:1: no exporter", file=sys.stderr)
        return 2
    if words[0] == "--config":
        import signal, time
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        print("Everything is ready. Begin running.", file=sys.stderr, flush=True)
        time.sleep(60)
    return 0

def main(info, components, *, commands, manifest):
    words = sys.argv[1:]
    if words == ["--version"]:
        print(info.command, info.version)
    elif words == ["components"]:
        for registered in (*components().receivers, *components().exporters):
            print(registered.project, registered.version, registered.factory)
    elif words[:1] == ["validate"] or words[:1] == ["--config"]:
        return sample(words)
    elif words == ["--print-manifest"]:
        print(manifest(), end="")
    elif words and words[0] in commands:
        print(commands[words[0]]())
    else:
        return 2
    return 0
"""


@dataclass(frozen=True)
class World:
    root: Path
    links: Path

    def project(
        self,
        path,
        name,
        *,
        requires=(),
        version="0.1.0",
        points=None,
        python=">=3.11",
        extras=None,
        code="",
        extra="",
    ) -> Path:
        folder = self.root / path
        package = folder / "src" / name.replace("-", "_")
        package.mkdir(parents=True, exist_ok=True)
        lines = ["[project]", f'name = "{name}"', f'version = "{version}"', f'requires-python = "{python}"']
        lines += ['license = "Apache-2.0"', f"dependencies = {list(requires)!r}"]
        if extras:
            lines += [
                "[project.optional-dependencies]",
                *(f"{key} = {list(value)!r}" for key, value in extras.items()),
            ]
        for group, named in (points or {}).items():
            lines += [
                f'[project.entry-points."{group}"]',
                *(f'{key} = "{value}"' for key, value in named.items()),
            ]
        lines += ["[build-system]", 'requires = ["uv_build==0.13.6"]', 'build-backend = "uv_build"', extra]
        (folder / "pyproject.toml").write_text("\n".join(lines) + "\n")
        (package / "__init__.py").write_text(code or f"factory = {name!r}\n")
        return folder

    def component(self, kind, name, **options) -> Path:
        project = f"penstock-{kind}-{name.replace('_', '-')}"
        options.setdefault("points", {f"penstock.{kind}": {name: f"{project.replace('-', '_')}:factory"}})
        options.setdefault("requires", ("penstock-api==0.1.0",))
        return self.project(f"components/{kind}/{name}", project, **options)

    def core(self) -> None:
        self.project("components/core/api", "penstock-api", code=_API)
        self.project("components/core/collector", "penstock-collector", requires=("penstock-api==0.1.0",))
        (self.root / "components/core/collector/src/penstock_collector/cli.py").write_text(_COLLECTOR)

    def wheel(
        self, name, version, *, requires=(), code="", licence="MIT", tag="py3-none-any", files=()
    ) -> Path:
        """Put a wheel where the tests' uv finds it."""
        file = self.links / f"{name}-{version}-{tag}.whl"
        info = f"{name}-{version}.dist-info"
        metadata = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}"]
        metadata += [f"License: {licence}"] if licence else []
        metadata += [f"Requires-Dist: {one}" for one in requires]
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr(zipfile.ZipInfo(f"{name}/__init__.py"), code)
            archive.writestr(zipfile.ZipInfo(f"{info}/METADATA"), "\n".join(metadata) + "\n")
            archive.writestr(
                zipfile.ZipInfo(f"{info}/WHEEL"),
                f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n",
            )
            for path, text in dict(files).items():
                archive.writestr(zipfile.ZipInfo(path.format(info=info)), text)
            record = [f"{name}/__init__.py", f"{info}/METADATA", f"{info}/WHEEL", f"{info}/RECORD"]
            record += [path.format(info=info) for path in dict(files)]
            archive.writestr(zipfile.ZipInfo(f"{info}/RECORD"), "".join(f"{one},,\n" for one in record))
        return file

    def digest(self, name, version) -> str:
        return hashlib.sha256((self.links / f"{name}-{version}-py3-none-any.whl").read_bytes()).hexdigest()

    def manifest(self, text) -> Path:
        file = self.root / "builder-manifest.yaml"
        file.write_text(text)
        return file

    def read(self, path) -> str:
        return (self.root / "out" / path).read_text()


SMALL = """\
dist:
  name: demo
  description: a demo
  version: "1.2.3"
  output_path: out
collector:
  package: penstock-collector == 0.1.0
  path: components/core/collector
receivers:
  - package: penstock-receiver-otlp == 0.1.0
    path: components/receiver/otlp
exporters:
  - package: penstock-exporter-debug == 0.1.0
    path: components/exporter/debug
replaces:
  - dependency: penstock-api
    path: components/core/api
    reason: in the same repository
"""


@pytest.fixture
def small() -> str:
    """The manifest of the small distribution."""
    return SMALL


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """An empty folder, current, with an index of its own and no network."""
    root, links = tmp_path / "work", tmp_path / "links"
    root.mkdir()
    links.mkdir()
    for name in ("UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_EXTRA_INDEX_URL", "UV_INDEX", "SOURCE_DATE_EPOCH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("UV_FIND_LINKS", str(links))
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("PENSTOCK_CACHE_DIR", str(tmp_path / "penstock"))
    monkeypatch.setenv("PENSTOCK_CACHE_DIR", str(tmp_path / "penstock-cache"))
    monkeypatch.chdir(root)
    return World(root=root, links=links)


@pytest.fixture
def demo(world: World, small: str) -> World:
    """The small distribution: two components, one third-party package, in three versions."""
    world.core()
    world.component("receiver", "otlp", requires=("penstock-api==0.1.0", "pebble>=1,<2"))
    world.component("exporter", "debug")
    for version in ("1.0", "1.1", "2.0"):
        world.wheel("pebble", version)
    world.manifest(small)
    return world


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


@pytest.fixture
def penstock(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., Done]]:
    """Run the command in this process, the way its console script does."""

    monkeypatch.delenv("CI", raising=False)

    def run(*words: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["penstock", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capsys.readouterr()
        code = ended.value.code
        return Done(code=code if isinstance(code, int) else 0, out=captured.out, err=captured.err)

    return run


@pytest.fixture
def make(demo: World, penstock: Callable[..., Done]) -> Callable[..., list[Path]]:
    """Generate and build; the paths of what was made."""

    def build(*words: str) -> list[Path]:
        generated = penstock("generate")
        assert generated.code == 0, generated.err
        done = penstock("build", *words)
        assert done.code == 0, done.err
        return [Path.cwd() / line for line in done.out.splitlines()]

    return build


class Index:
    """A package index on this machine. `script` holds what to answer to the next requests of a file.

    With a `password`, only who knows it gets an answer.
    """

    def __init__(self, links: Path, tls: ssl.SSLContext | None = None, *, password: str = "") -> None:
        self.script: list[int | str] = []
        self.asked: Counter[str] = Counter()
        self.links = links
        self.password = password
        self._server = _listening(self, tls)
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def opens(self, header: str | None) -> bool:
        word = base64.b64encode(f"ci:{self.password}".encode()).decode()
        return not self.password or header == f"Basic {word}"

    def page(self, prefix: str, project: str) -> bytes:
        files = [one for one in sorted(self.links.glob("*.whl")) if canonical(one) == project]
        lines = [
            f'<a href="{prefix}/files/{one.name}#sha256={hashlib.sha256(one.read_bytes()).hexdigest()}">'
            f"{one.name}</a>"
            for one in files
        ]
        return f"<!DOCTYPE html><html><body>{''.join(lines)}</body></html>".encode()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def canonical(wheel: Path) -> str:
    return wheel.name.partition("-")[0].replace("_", "-")


def _listening(index: Index, tls: ssl.SSLContext | None) -> ThreadingHTTPServer:
    handler = type("Handler", (_Handler,), {"index": index})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    return server


class _Handler(BaseHTTPRequestHandler):
    """Answers for `index`: pages below `simple/`, files below `files/`, both below any prefix."""

    protocol_version = "HTTP/1.1"
    index: Index

    def do_GET(self) -> None:
        if not self.index.opens(self.headers.get("Authorization")):
            self.answer(401, b"", "text/plain")
        elif self.path.endswith("/"):
            prefix, _, project = self.path.strip("/").rpartition("simple/")
            self.index.asked[f"simple/{project}"] += 1
            prefix = f"/{prefix.strip('/')}" if prefix else ""
            self.answer(200, self.index.page(prefix, project), "text/html")
        else:
            self.file(self.index.links / self.path.rpartition("/")[2])

    def file(self, file: Path) -> None:
        self.index.asked[file.name] += 1
        step = self.index.script.pop(0) if self.index.script else 200
        if not file.is_file():
            self.answer(404, b"", "text/plain")
        elif step == "cut":
            self.send_response(200)
            self.send_header("Content-Length", str(file.stat().st_size))
            self.end_headers()
            self.wfile.write(file.read_bytes()[:100])
            self.close_connection = True
        elif step == "lie":
            self.answer(200, b"x" * file.stat().st_size, "application/zip")
        else:
            self.answer(int(step), file.read_bytes() if step == 200 else b"", "application/zip")

    def do_HEAD(self) -> None:
        """Without `Accept-Ranges`, so that whole files are asked for."""
        if not self.index.opens(self.headers.get("Authorization")):
            self.answer(401, b"", "text/plain")
            return
        self.send_response(200)
        size = (self.index.links / self.path.rpartition("/")[2]).stat().st_size
        self.send_header("Content-Length", str(size))
        self.end_headers()

    def answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if status in (429, 503):
            self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@dataclass(frozen=True)
class Serve:
    """Starts indexes, and stops them all."""

    links: Path
    monkeypatch: pytest.MonkeyPatch
    found: list[Index]

    def __call__(self, scheme: str = "http", tls: ssl.SSLContext | None = None) -> Index:
        """Put the wheels behind an index that is the only one, for uv and for pip."""
        self.found.append(Index(self.links, tls))
        self.monkeypatch.delenv("UV_OFFLINE")
        self.monkeypatch.delenv("UV_FIND_LINKS")
        self.monkeypatch.setenv("UV_DEFAULT_INDEX", f"{scheme}://{self.found[-1].address}/simple/")
        self.monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        return self.found[-1]

    def another(self, links: Path, password: str) -> Index:
        """One that nobody is told of."""
        self.found.append(Index(links, password=password))
        return self.found[-1]


@pytest.fixture
def serve(demo: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """To start an index."""
    serving = Serve(links=demo.links, monkeypatch=monkeypatch, found=[])
    yield serving
    for one in serving.found:
        one.close()


@pytest.fixture
def index(serve: Serve) -> Index:
    """The index that `serve` starts."""
    return serve()


@pytest.fixture
def tree() -> Callable[..., dict[PurePosixPath, str]]:
    """Make a rendered tree of files, `__` for `/` in their names, with its ledger."""

    def made(**files: str) -> dict[PurePosixPath, str]:
        found = {PurePosixPath(name.replace("__", "/")): text for name, text in files.items()}
        return {**found, PurePosixPath(".penstock.json"): ledger_text(found, "sha256:0")}

    return made


@pytest.fixture
def on_disk() -> Callable[[Path], dict[str, str]]:
    """Read a folder: every file but the ledger."""

    def read(folder: Path) -> dict[str, str]:
        return {
            path.relative_to(folder).as_posix(): path.read_text()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.name != ".penstock.json"
        }

    return read
