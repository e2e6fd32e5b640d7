"""Fixtures of the journeys without a connection. Imports are inside: Django is not ready when this file is read."""

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the longest of the transactional journeys first, so that it is not the only one left at the end."""
    commits = [item for item in items if "transactional_db" in getattr(item, "fixturenames", ())]
    others = [item for item in items if "transactional_db" not in getattr(item, "fixturenames", ())]
    items[:] = others + sorted(commits, key=lambda item: "test_whole_path" not in item.name)


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
    """A draft that its student has just started."""
    from applications.apply.actions import draft  # noqa: PLC0415
    from tests.factories import UserFactory  # noqa: PLC0415

    return draft.start(cycle, by=UserFactory(full_name=""))
