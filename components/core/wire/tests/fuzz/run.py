"""Fuzzes every target for its share of the time, and prints what came of it: `python run.py <seconds>`."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import targets

HERE = Path(__file__).parent
LONGEST, MEMORY_MIB = 4_096, 512
STATS = re.compile(rb"stat::(\w+):\s+(\d+)")


def fuzz(name: str, seconds: int) -> tuple[int, int, int, bytes]:
    """Inputs, inputs a second, peak memory in MiB, and what a crash said."""
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(targets.SEEDS[name]):
            Path(folder, str(number)).write_bytes(seed)
        options = {"max_total_time": seconds, "max_len": LONGEST, "rss_limit_mb": MEMORY_MIB, "timeout": 10}
        given = [f"-{key}={value}" for key, value in options.items()]
        command = [sys.executable, str(HERE / "one.py"), name, *given, "-print_final_stats=1"]
        made = subprocess.run([*command, folder], capture_output=True, cwd=folder, check=False)
    stats = {key.decode(): int(value) for key, value in STATS.findall(made.stderr)}
    found = made.stdout[-4_000:] + made.stderr[-4_000:] if made.returncode else b""
    rate = stats.get("average_exec_per_sec", 0)
    return stats.get("number_of_executed_units", 0), rate, stats.get("peak_rss_mb", 0), found


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """The number of targets that failed."""
    seconds = max(1, int(sys.argv[1]) // len(targets.TARGETS))
    say("| target | inputs | a second | crashes | peak MiB |\n|---|---:|---:|---:|---:|")
    total, failed = 0, []
    for name in targets.TARGETS:
        count, rate, peak, found = fuzz(name, seconds)
        say(f"| {name} | {count:_} | {rate:_} | {int(bool(found))} | {peak} |")
        total += count
        failed += [(name, found)] if found else []
    say(f"| together | {total:_} | | {len(failed)} | |")
    for name, found in failed:
        say(f"\n{name}:\n{found.decode(errors='replace')}")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
