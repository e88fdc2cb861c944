import asyncio

import pytest

from penstock_engine import first


async def test_the_first_to_return_ends_the_wait_and_the_others():
    ended = asyncio.Event()

    async def endless():
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    await first(endless(), asyncio.sleep(0))
    assert ended.is_set()


async def test_what_the_first_raises_is_raised():
    async def fail():
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await first(asyncio.Event().wait(), fail())
