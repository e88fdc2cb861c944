"""Whatever the OpenAPI document allows, and much that it does not: every answer is one that it names."""

import schemathesis
from hypothesis import HealthCheck, settings

from penstock_api import Secret
from penstock_dataflow.admin.app import make_app
from penstock_dataflow.config import HttpAdmin

from .admin_plane import FakePlane

TOKEN = {"Authorization": "Bearer t"}
APP = make_app(FakePlane(), HttpAdmin(token=Secret("t")), lambda: {"version": "otel_dataflow/v1"}, {})

schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", APP, headers=TOKEN)


@schema.parametrize()
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_one_that_the_document_names(case):
    case.call_and_validate(headers=TOKEN)
