import subprocess

from penstock_testkit.sources import source_modules, tracked_files


def test_modules_of_all_projects_are_found(tmp_path):
    for path in ("builder/src/penstock_builder/a.py", "components/core/api/src/penstock_api/b/c.py"):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text("x = 1\ny = 2\n")
    modules = list(source_modules(tmp_path))
    assert [(str(one), one.package) for one in modules] == [
        ("builder/src/penstock_builder/a.py", "penstock_builder"),
        ("api/src/penstock_api/b/c.py", "penstock_api"),
    ]
    assert modules[0].lines == ["x = 1", "y = 2"]
    assert len(modules[0].tree.body) == 2


def test_ignored_files_are_not_tracked(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".gitignore").write_text("*.log\n")
    (tmp_path / "new.txt").write_text("")
    (tmp_path / "noise.log").write_text("")
    assert [path.name for path in tracked_files(tmp_path)] == [".gitignore", "new.txt"]
