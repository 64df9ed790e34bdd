"""Requests that schemathesis makes up from the OpenAPI description: no 5xx, every answer as described."""

from __future__ import annotations

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks
from starlette.applications import Starlette

from pipeline.access.accounts import AccountRole
from pipeline.api import MOUNT_PATH, mount_api
from pipeline.errors import DataError
from pipeline.workbench.bulk import BulkService
from pipeline.workbench.related_bulk import RelatedBulkService
from pipeline.workbench.related_tables import RelatedTableService
from tests.api.conftest import PATIENCE_S

EXAMPLES = 40
CHECKS = [
    not_a_server_error,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.status_code_conformance,
    checks.response_headers_conformance,
    checks.unsupported_method,
    checks.negative_data_rejection,
]
BARE = Starlette(routes=[mount_api(lambda: None)])
SCHEMA = schemathesis.openapi.from_asgi(f"{MOUNT_PATH}/openapi.json", BARE)
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations()]


SLOW = (
    (BulkService, "make"),
    (RelatedBulkService, "make"),
    (RelatedTableService, "train"),
    (RelatedTableService, "generate"),
)


@pytest.fixture(autouse=True)
def refused_at_once(monkeypatch):
    """Runs of large and of several tables fail at once: dozens are ordered, and the end waits for all."""

    def refuse(*_args, **_named):
        raise DataError("This table is not made in this test.", "order it elsewhere.")

    for service, name in SLOW:
        monkeypatch.setattr(service, name, refuse)


@pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: mode.value)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_no_request_breaks_the_api(api, secrets_by_role, operation, mode):
    headers = {"Authorization": f"Bearer {secrets_by_role[AccountRole.ADMIN]}"}

    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def check(case):
        case.call_and_validate(app=api, headers=headers, checks=CHECKS, timeout=PATIENCE_S)

    check()
