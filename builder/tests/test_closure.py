"""Following requirements through the projects on this machine."""

from packaging.requirements import Requirement

from penstock_builder.closure import close
from penstock_builder.project import read_project


def known(*roots):
    return {project.name: project for project in (read_project(root, root.name) for root in roots)}


def test_local_projects_are_followed_and_the_rest_is_wanted(world) -> None:
    projects = known(
        world.project("a", "a", requires=("b==0.1.0", "pebble>=1; python_version > '3'")),
        world.project("b", "b", requires=("a", "gravel")),
        world.project("c", "c"),
    )
    closure = close([Requirement("a")], projects)
    assert [one.name for one in closure.projects] == ["a", "b"]
    assert [(one.requirement, one.by) for one in closure.wants] == [
        ("gravel", "b"),
        ('pebble>=1; python_version > "3"', "a"),
    ]
    assert closure.conflicts == ()


def test_extras_are_followed_through_projects(world) -> None:
    projects = known(
        world.project("a", "a", extras={"fast": ["b[Turbo_X]"]}),
        world.project("b", "b", extras={"turbo-x": ["gravel"], "slow": ["sand"]}),
    )
    assert [one.requirement for one in close([Requirement("a[fast]")], projects).wants] == ["gravel"]
    assert close([Requirement("a")], projects).wants == ()


def test_a_version_that_is_not_there_is_a_conflict(world) -> None:
    projects = known(world.project("a", "a", requires=("b==9",)), world.project("b", "b"))
    (conflict,) = close([Requirement("a")], projects).conflicts
    assert (conflict.by, conflict.target) == ("a", "b")
    assert conflict.what == "asks for b ==9, but b has version: 0.1.0"


def test_an_extra_that_is_not_there_is_a_conflict(world) -> None:
    projects = known(world.project("a", "a", extras={"fast": []}))
    (conflict,) = close([Requirement("a[fst]")], projects).conflicts
    assert conflict.what == "asks for an extra that a lacks (it has: fast): fst"
