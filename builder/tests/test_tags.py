"""The tag of a wheel that carries other wheels: it runs only where all of them do."""

import sys

import pytest

from penstock_builder.errors import BuildError
from penstock_builder.lock import Pin
from penstock_builder.outputs.tags import native_packages, wheel_tag
from penstock_builder.outputs.target import HOST, targets

MINOR = f"cp3{sys.version_info.minor}"
LINUX, MACOS, WINDOWS = targets(["linux-x86_64", "macos-arm64", "windows-x86_64"])
ARM, INTEL, WINDOWS_ARM = targets(["linux-aarch64", "macos-x86_64", "windows-arm64"])


@pytest.fixture
def site(tmp_path):
    def install(*tags):
        for number, tag in enumerate(tags):
            info = tmp_path / f"p{number}-1.dist-info"
            info.mkdir()
            (info / "WHEEL").write_text("".join(f"Tag: {one}\n" for one in tag.split()))
        return tmp_path

    return install


@pytest.mark.parametrize(
    ("tags", "platform"),
    [
        (["cp311-cp311-manylinux_2_17_x86_64", "py3-none-any"], "manylinux_2_17_x86_64"),
        (["cp39-abi3-manylinux2014_x86_64", "cp311-cp311-manylinux_2_28_x86_64"], "manylinux_2_28_x86_64"),
        (["cp311-cp311-manylinux_2_12_x86_64.manylinux2010_x86_64"], "manylinux_2_12_x86_64"),
        (["cp311-cp311-manylinux_2_17_x86_64 cp311-cp311-manylinux_2_5_x86_64"], "manylinux_2_5_x86_64"),
        (["cp311-cp311-macosx_11_0_arm64", "cp311-cp311-macosx_10_9_universal2"], "macosx_11_0_arm64"),
        (["cp311-cp311-macosx_10_9_universal2"], "macosx_10_9_universal2"),
        (["cp311-cp311-win_amd64", "cp39-abi3-win_amd64"], "win_amd64"),
    ],
)
def test_the_narrowest_of_all(site, tags, platform) -> None:
    assert wheel_tag(site(*tags), (), HOST) == f"{MINOR}-{MINOR}-{platform}"


def test_nothing_compiled_and_nothing_conditional_runs_everywhere(site) -> None:
    assert wheel_tag(site("py3-none-any", "py2.py3-none-any"), (), HOST) == "py3-none-any"


def test_what_was_chosen_by_a_condition_runs_where_it_was_chosen(site) -> None:
    pins = (Pin(name="a", version="1", marker="sys_platform == 'linux'"),)
    assert wheel_tag(site("py3-none-any"), pins, LINUX) == f"{MINOR}-none-manylinux_2_28_x86_64"
    assert wheel_tag(site(), pins, MACOS) == f"{MINOR}-none-macosx_14_0_arm64"
    assert wheel_tag(site(), pins, WINDOWS) == f"{MINOR}-none-win_amd64"
    assert wheel_tag(site(), pins, HOST).startswith(f"{MINOR}-none-")


def test_wheels_of_two_platforms_go_into_none(site) -> None:
    with pytest.raises(
        BuildError, match="the packages are for different platforms: manylinux_x86_64, win_amd64"
    ):
        wheel_tag(site("cp311-cp311-manylinux_2_17_x86_64", "cp311-cp311-win_amd64"), (), HOST)


def test_compiled_packages_are_named(site) -> None:
    assert native_packages(site("py3-none-any", "cp311-cp311-win_amd64")) == ("p1-1",)


@pytest.mark.parametrize(
    ("target", "triple", "first", "last"),
    [
        (LINUX, "x86_64-manylinux_2_28", "manylinux_2_28_x86_64", "manylinux1_x86_64"),
        (MACOS, "aarch64-apple-darwin", "macosx_14_0_arm64", "macosx_10_9_universal2"),
        (ARM, "aarch64-manylinux_2_28", "manylinux_2_28_aarch64", "manylinux1_aarch64"),
        (INTEL, "x86_64-apple-darwin", "macosx_13_0_x86_64", "macosx_10_9_x86_64"),
        (WINDOWS_ARM, "aarch64-pc-windows-msvc", "win_arm64", "win_arm64"),
        (WINDOWS, "x86_64-pc-windows-msvc", "win_amd64", "win_amd64"),
    ],
)
def test_a_platform_is_spelt_for_each_tool(target, triple: str, first: str, last: str) -> None:
    assert target.installer == ("--python-platform", triple, "--python-version", HOST.python)
    assert (target.compatible[0], target.compatible[-1]) == (first, last)


def test_this_machine_is_told_to_nobody() -> None:
    assert targets(()) == (HOST,)
    assert (HOST.name, HOST.installer, HOST.compatible, HOST.markers) == ("", (), (), {})
