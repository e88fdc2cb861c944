"""Extensions around pipelines: when they begin and end, and who shares them."""

import asyncio

import pytest

from penstock_api import ConfigError, Deadline, Signal, StartError, Status
from penstock_api.capability import RATE_LIMITER
from penstock_testkit import logs, settle

from .running import CHAIN, QUOTA, SHIP, Fleet, bound, config, group, pipeline

WATCHER = {"watcher": {"type": "extension:watcher"}}


@pytest.fixture
def fleet():
    return Fleet()


def with_quota(**more):
    return config({"edge": group(ship=pipeline(bound(), extensions=QUOTA, **more))})


def place(diary, what):
    return diary.index(what)


async def test_r_23_every_extension_runs_before_any_node_starts(fleet):
    written = config(
        {"edge": group(ship=pipeline(bound(), extensions={**QUOTA, "own": WATCHER["watcher"]}))},
        extensions=WATCHER,
    )
    async with fleet.engine(written):
        first = min(fleet.diary.index(one) for one in fleet.diary if one.startswith("start "))
        running = [one for one in fleet.diary[:first] if one.startswith("run ")]
    assert sorted(running) == ["run own", "run quota", "run watcher"]


async def test_r_24_extensions_end_after_every_node(fleet):
    async with fleet.engine(with_quota()):
        pass
    ends = fleet.diary.index("end quota")
    assert [one for one in fleet.diary[ends:] if one.startswith("stop ")] == []
    assert place(fleet.diary, "stop in") < place(fleet.diary, "stop mid") < ends


async def test_r_25_when_a_node_fails_the_others_drain_in_order_and_extensions_hear_of_it(fleet):
    once = {"runtime_recovery": {"enabled": False}}
    async with fleet.engine(with_quota(policies=once)) as flow:
        fleet.exit("out").hold()
        sending = asyncio.get_running_loop().create_task(fleet.entrances["in", Signal.LOGS].consume(logs(3)))
        await fleet.exit("out").tried(1)

        async def fail():
            raise OSError("lost the port")

        fleet.settings["in", Signal.LOGS].tasks.spawn(fail(), name="serving")
        await settle()
        fleet.exit("out").release()  # what was on its way is still delivered
        await sending
        await fleet.during(flow.failed.wait())
    ends = [one for one in fleet.diary if one.startswith(("stop ", "end "))]
    assert list(dict.fromkeys(ends)) == ["stop in", "stop mid", "end quota"]
    assert fleet.exit("out").items == 3


async def test_r_26_nodes_are_made_before_any_extension_runs(fleet):
    async with fleet.engine(with_quota()):
        made = [one for one in fleet.diary if one.startswith("make node")]
        assert place(fleet.diary, made[-1]) < place(fleet.diary, "run quota")


async def test_what_cannot_be_made_is_told_before_anything_runs(fleet):
    broken = fleet.processor("broken", make=lambda *_: 1 / 0)
    nodes = {**CHAIN, "mid": "processor:broken"}
    with pytest.raises(
        StartError, match=r"^failed to create node mid \(processor:broken\): division by zero$"
    ):
        fleet.whole(config({"edge": group(ship=pipeline(nodes))}), fleet.distribution(broken))
    assert [one for one in fleet.diary if one.startswith("run")] == []


async def test_a_capability_that_is_needed_and_not_bound_is_told_with_its_remedy(fleet):
    needy = fleet.processor("needy", make=lambda settings, *_: settings.capabilities.require(RATE_LIMITER))
    nodes = {**CHAIN, "mid": "processor:needy"}
    with pytest.raises(
        StartError, match=r"(?s)node mid.* needs a capability .*: rate_limiter.*hint: write `capabilities:"
    ):
        fleet.whole(config({"edge": group(ship=pipeline(nodes))}), fleet.distribution(needy))


# -- scopes ------------------------------------------------------------------------------------------


def two_tenants(*, top=None, east=None, ship=None):
    """Group `east` with pipelines `ship` and `more`, group `west` with `ship`; all bind `quota`."""

    def bound_to(name, extensions):
        nodes = bound(nodes={"in": "receiver:push", "mid": "", "out": "exporter:keep"})
        declared = {"extensions": extensions} if extensions else {}
        return pipeline(nodes, **declared)

    return config(
        {
            "east": group(extensions=east, ship=bound_to("ship", ship), more=bound_to("more", None)),
            "west": group(ship=bound_to("ship", None)),
        },
        **({"extensions": top} if top else {}),
    )


async def test_r_63_the_nearest_declaration_is_the_one_that_nodes_get(fleet):
    components = fleet.distribution(fleet.living("east_quota"), fleet.living("ship_quota"))
    written = two_tenants(
        top=QUOTA,
        east={"quota": {"type": "extension:east_quota"}},
        ship={"quota": {"type": "extension:ship_quota"}},
    )
    async with fleet.engine(written, components):
        kinds = {name: handle.number for name, handle in fleet.handles.items()}
    assert sorted(kinds) == ["east/more/mid", "east/ship/mid", "west/ship/mid"]
    assert sorted(kinds.values()) == [1, 2, 3]  # three different ones
    assert fleet.made["quota"] == 3


async def test_r_64_a_nearer_declaration_hides_the_other_whole_even_when_it_offers_less(fleet):
    written = two_tenants(top=QUOTA, east={"quota": WATCHER["watcher"]})
    with pytest.raises(
        ConfigError, match=r"binds rate_limiter to an extension that does not offer it: quota"
    ):
        fleet.whole(written, fleet.distribution())


def test_r_65_groups_do_not_see_each_others_extensions(fleet):
    written = two_tenants(east=QUOTA)
    with pytest.raises(
        ConfigError, match=r"west.*binds rate_limiter to an extension that is not in scope: quota"
    ):
        fleet.whole(written, fleet.distribution())


@pytest.mark.parametrize(
    ("scope", "made"), [("top", 1), ("group", 2), ("pipeline", 3)], ids=["engine", "group", "pipeline"]
)
async def test_r_67_there_is_one_instance_for_each_scope_that_declares_it(fleet, scope, made):
    def declared(here):
        return {"extensions": QUOTA} if scope == here else {}

    one = pipeline(bound(), **declared("pipeline"))
    east, west = group(one=one), group(one=one, two=one)
    groups = {"east": {**east, **declared("group")}, "west": {**west, **declared("group")}}
    written = config(groups, **declared("top"))
    async with fleet.engine(written):
        assert len({id(handle) for handle in fleet.handles.values()}) == made
        assert (fleet.made["quota"], fleet.runs["quota"]) == (made, made)  # the nodes are the same


async def test_r_68_outer_extensions_begin_before_and_end_after_inner_ones_and_nodes(fleet):
    components = fleet.distribution(fleet.living("east_quota"))
    written = config(
        {
            "edge": group(
                extensions={"middle": {"type": "extension:quota"}},
                ship=pipeline(
                    {
                        **bound("inner"),
                        "two": {"type": "processor:limited", "capabilities": {"rate_limiter": "middle"}},
                        "three": {"type": "processor:limited", "capabilities": {"rate_limiter": "outer"}},
                    },
                    [
                        {"from": "in", "to": "mid"},
                        {"from": "mid", "to": "two"},
                        {"from": "two", "to": "three"},
                        {"from": "three", "to": "out"},
                    ],
                    extensions={"inner": {"type": "extension:quota"}},
                ),
            )
        },
        extensions={"outer": {"type": "extension:quota"}},
    )
    async with fleet.engine(written, components):
        begun = [one for one in fleet.diary if one.startswith("run ")]
    ended = [one for one in fleet.diary if one.startswith("end ")]
    assert begun == ["run outer", "run middle", "run inner"]
    assert ended == ["end inner", "end middle", "end outer"]


async def test_r_69_what_is_around_a_pipeline_survives_its_recovery_and_its_replacement(fleet):
    written = config({"edge": group(ship=pipeline(bound()))}, extensions=QUOTA)
    async with fleet.engine(written) as flow:

        async def fail():
            raise OSError("lost the port")

        fleet.settings["in", Signal.LOGS].tasks.spawn(fail(), name="serving")
        await settle()
        await fleet.clock.advance(0.25)
        assert flow.control.pipeline(SHIP).copies[0].generation == 2
        changed = pipeline({**bound(), "out": {"type": "exporter:keep", "config": {"size": 7}}})
        rollout = await fleet.changed(flow.control.apply(SHIP, changed))
        assert (rollout.kind, rollout.state) == ("replace", "succeeded")
        assert (fleet.made["quota"], fleet.runs["quota"]) == (1, 1)


async def test_an_outer_extension_that_fails_ends_the_engine(fleet):
    class Failing:
        async def run(self, control):
            control.ready()
            await control.wait(1)
            raise OSError("lost it")

    failing = fleet.background("failing", Failing())
    written = config(extensions={"bad": {"type": "extension:failing"}})
    async with fleet.engine(written, fleet.distribution(failing)) as flow:
        await fleet.clock.advance(1)
        await flow.failed.wait()
        assert flow.error == "extension bad (extension:failing) failed: lost it"


async def test_an_extension_of_a_pipeline_that_fails_has_the_copy_replaced(fleet):
    async with fleet.engine(with_quota()) as flow:
        fleet.settings["quota"].report(Status.FATAL_ERROR, "broke")
        await settle()
        assert flow.control.pipeline(SHIP).phase == "Pending"
        await fleet.clock.advance(0.25)
        assert flow.control.pipeline(SHIP).phase == "Running"
    assert fleet.runs["quota"] == 2


async def test_a_stop_ends_all_by_one_deadline(fleet):
    class Stuck:
        async def run(self, control):
            control.ready()
            await asyncio.Event().wait()

    stuck = fleet.background("stuck", Stuck())
    declared = {"stuck": {"type": "extension:stuck"}}
    written = config(
        {"edge": group(extensions=declared, ship=pipeline(extensions=declared))}, extensions=declared
    )
    flow = fleet.whole(written, fleet.distribution(stuck))
    await fleet.during(flow.start())
    fleet.exit("out").hold()
    push = fleet.entrances["in", Signal.LOGS].consume(logs(1))
    sending = asyncio.get_running_loop().create_task(push)
    await settle()
    begun = fleet.clock.now()
    problems = await fleet.during(flow.stop(Deadline.after(fleet.clock, 5)))
    assert fleet.clock.now() - begun <= 6
    assert len([one for one in problems if "stuck" in one]) == 3
    assert (await asyncio.gather(sending, return_exceptions=True))[0] is not None


async def test_a_warning_about_an_extension_that_nobody_uses_names_it_and_its_pipeline(fleet, caplog):
    top = {"idle": {"type": "extension:quota"}}
    own = {**QUOTA, "spare": {"type": "extension:quota"}}
    async with fleet.engine(config({"edge": group(ship=pipeline(bound(), extensions=own))}, extensions=top)):
        pass
    said = "extension is bound by nobody and is not started"
    told = [record.fields for record in caplog.records if record.message == said]
    assert told == [{"dataflow.pipeline": "edge/ship", "extension": "spare"}, {"extension": "idle"}]
