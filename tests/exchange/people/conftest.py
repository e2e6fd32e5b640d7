"""Everyone here signs in through the pages, which needs the facts about sessions."""

import pytest


@pytest.fixture(autouse=True)
def sessions_have_ends(db):
    from tests.factories_facts import session_facts  # noqa: PLC0415 -- only now is Django ready

    session_facts()
