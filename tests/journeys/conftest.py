"""What the stories of lost signal stand on."""

import pytest

from applications.actions import draft as draft_actions
from applications.models import Application, Cycle
from tests.factories import UserFactory
from tests.journeys.line import line_to
from tests.journeys.scene import open_cycle


@pytest.fixture
def line(live_server):
    with line_to(live_server.url) as line:
        yield line


@pytest.fixture
def cycle(transactional_db) -> Cycle:
    return open_cycle()


@pytest.fixture
def application(cycle) -> Application:
    return draft_actions.start(cycle, by=UserFactory(full_name=""))
