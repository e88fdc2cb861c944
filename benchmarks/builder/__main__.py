"""`python -m benchmarks.builder`: the builder's steps, other tools on the same package, and growth."""

import argparse
import importlib.util
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.builder.measure import Cost, measured
from benchmarks.builder.world import copied, made
from benchmarks.table import grid

__all__ = ("main",)

_ROOT: Final = Path(__file__).parents[2]
_BIN: Final = Path(sys.executable).parent
_PENSTOCK: Final = _BIN / "penstock"
_OUTPUT: Final = Path("distributions/pencol")
_SIZES: Final = (1, 20, 50, 100, 200)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    what: str
    cost: Cost
    target: str = ""


def main() -> None:
    """Measure, and print tables in Markdown."""
    parser = argparse.ArgumentParser(prog="benchmarks.builder", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each command runs; the best counts")
    parser.add_argument("--cold", action="store_true", help="also lock with an empty cache; needs an index")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="penstock-bench-") as name:
        folder = Path(name)
        work = copied(_ROOT, folder / "pencol")
        print("## The steps on `pencol`\n")
        _print(_steps(work, options.rounds, cold=options.cold))
        print("\n## The same rendered package, built by others (they embed nothing)\n")
        _print(_others(work, options.rounds))
        print("\n## Growth with the number of components\n")
        _print(_growth(folder, options.rounds))


def _steps(work: Path, rounds: int, *, cold: bool) -> Iterator[_Row]:
    lock = work / _OUTPUT / "requirements.lock"

    def step(
        what: str, words: Sequence[str], target: str = "", before: Callable[[], object] = lambda: None
    ) -> _Row:
        return _Row(
            what=what, cost=measured([_PENSTOCK, *words], work, rounds=rounds, before=before), target=target
        )

    measured([_PENSTOCK, "generate"], work, rounds=1)  # caches are warm from here on
    yield step("start-up: `penstock --version`", ["--version"], "0.1 s")
    yield step("`check`", ["check"], "0.3 s")
    yield step("`plan`", ["plan"])
    yield step("`generate`, nothing to do", ["generate", "--locked"], "0.4 s")
    yield step("`generate`, every file", ["generate", "--locked"], "0.4 s", lambda: _emptied(work / _OUTPUT))
    yield step("`lock`, warm cache", ["lock"])
    yield step("`lock` from nothing, warm cache", ["lock"], "", lock.unlink)
    measured([_PENSTOCK, "generate"], work, rounds=1)
    if cold:
        cache = work.parent / "cache"
        cost = measured(
            [_PENSTOCK, "lock"],
            work,
            rounds=1,
            before=lock.unlink,
            environment={"UV_CACHE_DIR": str(cache)},
        )
        yield _Row(what="`lock` from nothing, empty cache", cost=cost)
    measured([_PENSTOCK, "build"], work, rounds=1)
    yield step("`build` of the wheel", ["build", "--rebuild"], "1.5 s")
    yield step("`build`, nothing to do", ["build"])


def _emptied(output: Path) -> None:
    """Leave only the lock."""
    for path in output.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != "requirements.lock":
            path.unlink()


def _others(work: Path, rounds: int) -> Iterator[_Row]:
    package, out = work / _OUTPUT, work / "other"
    hatchling = ["--no-build-isolation", "--wheel", "--out-dir", str(out), str(package)]
    yield _Row(
        what="`uv build --no-build-isolation`",
        cost=measured([_BIN / "uv", "build", "--python", sys.executable, *hatchling], work, rounds=rounds),
    )
    if importlib.util.find_spec("build"):
        words = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", out, package]
        yield _Row(what="`python -m build --no-isolation`", cost=measured(words, work, rounds=rounds))
    if (_BIN / "pex").exists():
        lock = package / "requirements.lock"
        words = [_BIN / "pex", "-r", lock, "-o", out / "pencol.pex"]
        measured(words, work, rounds=1)
        yield _Row(
            what="`pex` of the third-party packages", cost=measured(words, work, rounds=min(rounds, 2))
        )


def _growth(folder: Path, rounds: int) -> Iterator[_Row]:
    for size in _SIZES:
        work = made(folder / f"made{size}", size)
        measured([_PENSTOCK, "generate", "--offline"], work, rounds=1)
        for words in (["check"], ["generate", "--locked"]):
            cost = measured([_PENSTOCK, *words], work, rounds=rounds)
            yield _Row(what=f"`{words[0]}`, {size} components", cost=cost, target=_GROWTH.get(size, ""))


_GROWTH: Final = {200: "3 times that of 20"}


def _print(rows: Iterator[_Row]) -> None:
    lines = [("", "wall s", "CPU s", "target")]
    lines += [(row.what, f"{row.cost.wall:.3f}", f"{row.cost.cpu:.3f}", row.target) for row in rows]
    print("\n".join(grid(lines, left=(0,))))


if __name__ == "__main__":
    main()
