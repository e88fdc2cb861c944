"""Web pages of chosen origins may send; others are not helped."""

import pytest

from penstock_testkit import traces

CORS = {"cors": {"allowed_origins": ["https://*.example.com", "http://localhost:3000"], "max_age": 600}}
ASK = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}


async def ask(server, origin, **more):
    return await server.web.options("/v1/traces", headers={"origin": origin} | ASK | more)


@pytest.mark.parametrize(
    "origin", ["https://shop.example.com", "https://SHOP.example.com", "http://localhost:3000"]
)
async def test_a_page_of_an_allowed_origin_may_send(otlp, origin):
    async with otlp(http=CORS) as server:
        asked = await ask(server, origin)
        sent = await server.post(traces(1).to_bytes(), origin=origin)
    assert asked.status_code == 204
    assert asked.headers["access-control-allow-origin"] == origin
    assert asked.headers["access-control-allow-credentials"] == "true"
    assert asked.headers["access-control-allow-methods"] == "POST"
    assert asked.headers["access-control-allow-headers"] == "content-type"
    assert asked.headers["access-control-max-age"] == "600"
    assert sent.status_code == 200
    assert sent.headers["access-control-allow-origin"] == origin
    assert sent.headers["vary"] == "Origin"


@pytest.mark.parametrize(
    "origin",
    [
        "https://example.com",
        "https://evil.com",
        "https://shop.example.com.evil.com",
        "http://localhost:30001",
    ],
)
async def test_a_page_of_another_origin_gets_no_permission(otlp, origin):
    async with otlp(http=CORS) as server:
        for reply in (await ask(server, origin), await server.post(b"", origin=origin)):
            assert "access-control-allow-origin" not in reply.headers
            assert "origin" in reply.headers["vary"].lower()


async def test_a_header_that_is_not_allowed_gets_no_permission(otlp):
    wanted = {"access-control-request-headers": "content-type, x-tenant"}
    async with otlp(http=CORS) as server:
        assert (
            "access-control-allow-origin"
            not in (await ask(server, "http://localhost:3000", **wanted)).headers
        )
    for allowed in (["X-Tenant"], ["*"]):
        more = {"cors": CORS["cors"] | {"allowed_headers": allowed}}
        async with otlp(http=more) as server:
            reply = await ask(server, "http://localhost:3000", **wanted)
            assert reply.headers["access-control-allow-headers"] == "content-type, x-tenant"


async def test_another_method_gets_no_permission(otlp):
    async with otlp(http=CORS) as server:
        reply = await ask(server, "http://localhost:3000", **{"access-control-request-method": "PUT"})
    assert "access-control-allow-origin" not in reply.headers


async def test_headers_that_a_page_may_read_are_named(otlp):
    more = {"cors": CORS["cors"] | {"exposed_headers": ["Retry-After", "Date"]}}
    async with otlp(http=more) as server:
        reply = await server.post(b"", origin="http://localhost:3000")
    assert reply.headers["access-control-expose-headers"] == "Retry-After, Date"


@pytest.mark.parametrize("config", [{}, {"cors": {}}, {"cors": {"allowed_origins": []}}])
async def test_without_origins_there_is_no_cors(otlp, config):
    async with otlp(http=config) as server:
        assert (await ask(server, "https://shop.example.com")).status_code == 405
        assert "vary" not in (await server.post(b"", origin="https://shop.example.com")).headers
