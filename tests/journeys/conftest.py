"""What the stories of lost signal stand on. Imports are inside: Django is not ready when this file is read."""

import pytest


@pytest.fixture
def line(live_server):
    from tests.journeys.line import line_to  # noqa: PLC0415

    with line_to(live_server.url) as line:
        yield line


@pytest.fixture
def cycle(transactional_db):
    from tests.journeys.scene import open_cycle  # noqa: PLC0415

    return open_cycle()


@pytest.fixture
def application(cycle):
    """A draft that its student has just begun."""
    from applications.actions import draft  # noqa: PLC0415
    from tests.factories import UserFactory  # noqa: PLC0415

    return draft.start(cycle, by=UserFactory(full_name=""))
