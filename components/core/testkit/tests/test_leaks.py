import asyncio
import threading

from penstock_testkit.contract import Leaks


async def test_nothing_new_is_no_leak():
    before = await Leaks.now()
    assert (await Leaks.now()).since(before) == []


async def test_a_task_is_a_leak():
    before = await Leaks.now()
    task = asyncio.get_running_loop().create_task(asyncio.Event().wait(), name="forgotten")
    assert (await Leaks.now()).since(before) == ["task forgotten"]
    task.cancel()


async def test_a_thread_is_a_leak():
    before, done = await Leaks.now(), threading.Event()
    thread = threading.Thread(target=done.wait, name="poller")
    thread.start()
    assert (await Leaks.now()).since(before) == ["thread poller"]
    done.set()
    thread.join()


async def test_an_open_file_is_a_leak(tmp_path):
    before = await Leaks.now()
    with (tmp_path / "open.txt").open("w"):
        assert (await Leaks.now()).since(before) == [f"descriptor of {tmp_path / 'open.txt'}"]
    assert (await Leaks.now()).since(before) == []
