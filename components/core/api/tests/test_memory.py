from penstock_api.memory import group_limits, group_used, resident


def test_memory_in_use_is_what_the_system_says_of_the_process():
    before = resident()
    block = bytearray(b"x") * (50 * 1024 * 1024)
    assert resident() - before > 40 * 1024 * 1024
    del block


def test_limits_of_version_2_groups_and_their_parents_are_found(tmp_path):
    own, inner = tmp_path / "own", tmp_path / "outer" / "inner"
    inner.mkdir(parents=True)
    own.write_text("0::/outer/inner\n")
    (inner / "memory.max").write_text("max\n")
    (inner.parent / "memory.max").write_text("1000\n")
    assert group_limits(tmp_path, own) == (1000,)


def test_limits_of_version_1_groups_are_found(tmp_path):
    own, group = tmp_path / "own", tmp_path / "memory" / "app"
    group.mkdir(parents=True)
    own.write_text("5:cpu,cpuacct:/app\n4:memory:/app\n")
    (group / "memory.limit_in_bytes").write_text("2000\n")
    assert group_limits(tmp_path, own) == (2000,)


def test_in_a_container_the_group_seen_from_outside_falls_back_to_the_root(tmp_path):
    own = tmp_path / "own"
    own.write_text("0::/kubepods/pod1/container\n")
    (tmp_path / "memory.max").write_text("3000\n")
    assert group_limits(tmp_path, own) == (3000,)


def test_a_system_without_groups_has_no_limits(tmp_path):
    assert group_limits(tmp_path, tmp_path / "absent") == ()


def test_what_groups_of_both_versions_use_is_found(tmp_path):
    own, group = tmp_path / "own", tmp_path / "memory" / "app"
    group.mkdir(parents=True)
    own.write_text("4:memory:/app\n")
    (group / "memory.usage_in_bytes").write_text("2000\n")
    assert group_used(tmp_path, own) == 2000
    own.write_text("0::/kubepods/pod1/container\n")
    (tmp_path / "memory.current").write_text("3000\n")
    assert group_used(tmp_path, own) == 3000


def test_a_system_without_groups_uses_none(tmp_path):
    assert group_used(tmp_path, tmp_path / "absent") is None
