"""What a batch knows of its sender."""

from penstock_testkit import traces


async def test_the_peers_address_is_kept(otlp):
    async with otlp() as server:
        await server.post(traces(1).to_bytes())
        await server.call(traces(1).to_bytes())
        for batch in server.sink.batches:
            host, _, port = batch.client.address.rpartition(":")
            assert host == "127.0.0.1"
            assert int(port) > 0
            assert batch.client.metadata == {}


async def test_metadata_is_kept_when_asked_for(otlp):
    include = {"include_metadata": True}
    async with otlp(grpc_=include, http=include) as server:
        await server.post(traces(1).to_bytes(), X_Tenant="acme")
        await server.call(traces(1).to_bytes(), metadata=[("x-tenant", "acme"), ("x-tenant", "b")])
        http, grpc = (batch.client.metadata for batch in server.sink.batches)
    assert http["x-tenant"] == ("acme",)
    assert http["content-type"] == ("application/x-protobuf",)
    assert grpc["x-tenant"] == ("acme", "b")
