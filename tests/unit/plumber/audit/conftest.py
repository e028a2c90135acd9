from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from fakes.audit_scene import MOMENT, every_verdict
from plumber.audit.report import Report
from plumber.audit.service import NotKnown, create_app


def client_of(make: Callable[[], Report]) -> TestClient:
    return TestClient(create_app(make, lambda: MOMENT), raise_server_exceptions=False)


@pytest.fixture
def client() -> TestClient:
    return client_of(every_verdict()[0].report)


@pytest.fixture
def blind() -> TestClient:
    def unknown() -> Report:
        raise NotKnown("the cluster has not been read: pvcs: no access")

    return client_of(unknown)
