"""Tokens from a server: one request for all who want it, in time, and not too often."""

import asyncio
import json
from urllib.parse import parse_qs

import pytest

from penstock_api import ConfigError, Secret, Status, decode
from penstock_api.capability import BEARER_TOKEN_PROVIDER, CapabilityError, watch_channel
from penstock_extension_oauth2_client import Oauth2ClientConfig, factory
from penstock_extension_oauth2_client.factory import Provider
from penstock_extension_oauth2_client.renewing import Renewal, Tokens
from penstock_extension_oauth2_client.request import Granted, TokenError, fetch
from penstock_testkit import (
    FakeClock,
    FakeControl,
    RunningBundle,
    handle_of,
    make_extension_settings,
    running,
    settle,
)

BASE = {"client_id": "agent", "client_secret": "s:1", "token_url": "http://127.0.0.1:9/token"}


class Server:
    """A token server's answers, and what it was asked."""

    def __init__(self, status=200, body=None):
        self.asked = []
        self.headers = ""
        self._status = status
        self._body = json.dumps(body) if isinstance(body, dict) else body or ""

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/token"
        return self

    async def __aexit__(self, *_):
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        size = int(head.split("content-length: ")[1].split("\r\n")[0])
        self.asked.append((head, parse_qs((await reader.readexactly(size)).decode())))
        length = f"content-length: {len(self._body)}\r\n"
        writer.write(f"HTTP/1.1 {self._status} x\r\n{self.headers}{length}\r\n{self._body}".encode())
        await writer.drain()
        writer.close()


async def fetched(server, **config):
    return await asyncio.to_thread(
        fetch, decode(Oauth2ClientConfig, {**BASE, "token_url": server.url, **config}), None
    )


async def test_id_and_secret_go_into_the_header_and_the_rest_into_the_body():
    async with Server(body={"access_token": "t-1", "token_type": "Bearer", "expires_in": 3600}) as server:
        granted = await fetched(server, scopes=["a", "b"], endpoint_params={"audience": "x"})
    head, form = server.asked[0]
    assert granted == Granted(Secret("t-1"), 3600.0)
    assert "authorization: basic ywdlbnq6cyuzqte=" in head
    assert form == {"grant_type": ["client_credentials"], "scope": ["a b"], "audience": ["x"]}


async def test_id_and_secret_can_go_into_the_body_and_come_from_files(tmp_path):
    (tmp_path / "id").write_text("agent\n")
    (tmp_path / "secret").write_text("s-2\n")
    files = {"client_id_file": str(tmp_path / "id"), "client_secret_file": str(tmp_path / "secret")}
    async with Server(body={"access_token": "t-1"}) as server:
        granted = await fetched(server, auth_style="body", client_id="", client_secret="", **files)
    head, form = server.asked[0]
    assert granted == Granted(Secret("t-1"), None)
    assert "authorization" not in head
    assert (form["client_id"], form["client_secret"]) == (["agent"], ["s-2"])


@pytest.mark.parametrize(
    ("status", "body", "what"),
    [
        (
            401,
            {"error": "invalid_client", "error_description": "who?"},
            "status 401 invalid_client who\\?: http://",
        ),
        (503, "<html>", "status 503: http://"),
        (200, "<html>", "the answer holds no `access_token`: http://"),
        (200, {"access_token": ""}, "the answer holds no `access_token`: http://"),
        (200, {"access_token": "t", "token_type": "mac"}, "the token is not a bearer token: mac: http://"),
        (
            200,
            {"access_token": "t", "expires_in": "soon"},
            "`expires_in` of the answer is not a number: soon: http",
        ),
    ],
)
async def test_a_server_that_gives_no_token_says_why_and_no_secret_shows(status, body, what):
    async with Server(status, body) as server:
        with pytest.raises(TokenError, match=what) as caught:
            await fetched(server)
    assert "s:1" not in str(caught.value)


async def test_the_secret_is_not_taken_anywhere_else():
    async with Server(body={"access_token": "stolen"}) as other, Server(302) as server:
        server.headers = f"location: {other.url}\r\n"
        with pytest.raises(TokenError, match="status 302"):
            await fetched(server)
    assert other.asked == []


async def test_a_server_that_is_not_there_is_told():
    with pytest.raises(TokenError, match=r"refused.*: http://127.0.0.1:9/token"):
        await asyncio.to_thread(fetch, decode(Oauth2ClientConfig, BASE), None)


async def test_a_file_that_cannot_be_read_is_told(tmp_path):
    config = {**BASE, "client_secret": "", "client_secret_file": str(tmp_path / "no")}
    with pytest.raises(TokenError, match=r"cannot read the file: No such file or directory: .*no"):
        await asyncio.to_thread(fetch, decode(Oauth2ClientConfig, config), None)


class Life:
    """A renewal with a scripted server, on a clock moved by hand."""

    def __init__(self, *answers):
        self.clock = FakeClock()
        self.settings = make_extension_settings("oauth2_client", clock=self.clock)
        self.control = FakeControl(self.clock)
        self.asked_at = []
        self._answers = list(answers)
        publisher, watch = watch_channel(None)
        config = decode(Oauth2ClientConfig, BASE)
        tokens = Tokens(self.settings, watch)
        self.renewal = Renewal(self.settings, config, self._fetch, publisher, tokens)
        self.provider = Provider(tokens.get, watch)

    async def _fetch(self):
        self.asked_at.append(self.clock.now())
        await asyncio.sleep(0)
        answer = self._answers.pop(0) if self._answers else Granted(Secret(f"t-{len(self.asked_at)}"), 3600.0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def __aenter__(self):
        self._task = self.settings.tasks.spawn(self.renewal.run(self.control), name="run")
        return self

    async def __aexit__(self, *_):
        self.control.stop(None)
        await self._task


async def test_r_61_a_hundred_who_want_a_token_cause_one_request():
    async with Life() as life:
        tokens = await asyncio.gather(*(life.provider.get_token() for _ in range(100)))
        assert {token.token for token in tokens} == {Secret("t-1")}
        assert life.asked_at == [0.0]
        assert life.control.is_ready.is_set()


async def test_a_token_is_renewed_before_its_end_and_those_who_watch_learn_it():
    async with Life(Granted(Secret("a"), 3600.0), Granted(Secret("b"), 3600.0)) as life:
        stream = life.provider.token_stream()
        assert (await anext(stream)).token == Secret("a")
        await life.clock.advance(3300.0)
        assert (await anext(stream)).token == Secret("b")
        assert 3240.0 <= life.asked_at[1] <= 3300.0


async def test_r_61_after_a_failure_everybody_learns_why_at_once_and_the_server_is_left_alone():
    async with Life(TokenError("status 503: x"), TokenError("status 503: x")) as life:
        await settle()
        for _ in range(100):
            with pytest.raises(
                CapabilityError, match="bearer_token_provider of extension oauth2_client failed: status"
            ):
                await life.provider.get_token()
        await life.clock.advance(4.9)
        assert life.asked_at == [0.0]
        assert life.settings.report.last is Status.RECOVERABLE_ERROR
        await life.clock.advance(5.1)
        assert len(life.asked_at) == 2
        await life.clock.advance(20.0)
        assert len(life.asked_at) == 3
        assert (await life.provider.get_token()).token == Secret("t-3")
        assert life.settings.report.last is Status.OK


async def test_a_short_life_is_renewed_at_its_half_and_never_twice_in_ten_seconds():
    async with Life(Granted(Secret("a"), 60.0), Granted(Secret("b"), 1.0)) as life:
        await life.clock.advance(30.0)
        assert 27.0 <= life.asked_at[1] <= 30.0
        waiting = life.settings.tasks.spawn(_get(life), name="wants one")
        await life.clock.advance(7.0)
        assert len(life.asked_at) == 2
        await life.clock.advance(3.0)
        await waiting
        assert len(life.asked_at) == 3


async def _get(life):
    await life.provider.get_token()


async def test_another_config_is_refused_and_the_extension_replaced():
    async with Life() as life:
        life.control.reconfigure(decode(Oauth2ClientConfig, BASE))
        await settle()
        assert life.control.refused == "the server is asked as the first config says"


async def test_the_whole_asks_a_server_and_gives_its_token():
    async with Server(body={"access_token": "t-1", "expires_in": 3600}) as server:
        clock = FakeClock()
        settings = make_extension_settings("oauth2_client", clock=clock)
        config = decode(Oauth2ClientConfig, {**BASE, "token_url": server.url, "startup_timeout": "5s"})
        bundle = factory.create(settings, config)
        async with running(RunningBundle(bundle, clock, settings.tasks), clock=clock):
            token = await handle_of(bundle, BEARER_TOKEN_PROVIDER).get_token()
    assert (token.token, bundle.readiness) == (Secret("t-1"), 5.0)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"client_id": ""}, "one of `client_id` and `client_id_file` must be set"),
        ({"client_secret": ""}, "one of `client_secret` and `client_secret_file` must be set"),
        ({"expiry_buffer": "30s"}, "`expiry_buffer` must be more than 30s, in which no token is used: 30s"),
        ({"token_url": ""}, "`token_url` must be set: ''"),
        ({"token_url": "login"}, "`token_url` must be a URL such as https://host:port/path: 'login'"),
    ],
)
def test_what_makes_no_sense_is_refused(config, message):
    with pytest.raises(ConfigError, match=message):
        decode(Oauth2ClientConfig, {**BASE, **config})
