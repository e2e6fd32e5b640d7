"""Two trips of one cycle, with the facts that moving a student between them reads.

A module that needs fewer seats or other cities defines its own fixture of the same name.
"""

import pytest


@pytest.fixture
def facts_of_moves(db):
    from tests.factories_applications import application_facts, review_facts  # noqa: PLC0415 -- only now is Django ready
    from tests.factories_travel import travel_facts  # noqa: PLC0415 -- only now is Django ready

    application_facts()
    review_facts()
    travel_facts()


@pytest.fixture
def office(db):
    from tests.factories import UserFactory  # noqa: PLC0415 -- only now is Django ready

    return UserFactory(coordinator=True, full_name="Renata Cruz")


@pytest.fixture
def cycle(facts_of_moves):
    from tests.factories_applications import CycleFactory  # noqa: PLC0415 -- only now is Django ready
    from tests.factories_travel import checklist_steps  # noqa: PLC0415 -- only now is Django ready

    cycle = CycleFactory(closed=True)
    checklist_steps(cycle)
    return cycle


@pytest.fixture
def hanoi(cycle):
    from tests.travel.placement.moves import trip_to  # noqa: PLC0415 -- only now is Django ready

    return trip_to(cycle, "hanoi", "Hanoi", "Hanói", seats=5)


@pytest.fixture
def paris(cycle):
    from tests.travel.placement.moves import trip_to  # noqa: PLC0415 -- only now is Django ready

    return trip_to(cycle, "paris", "Paris", "París", seats=2)


@pytest.fixture
def ana(hanoi, paris):
    """On the trip to Hanoi, her second choice."""
    from tests.travel.placement.moves import seated  # noqa: PLC0415 -- only now is Django ready

    return seated(hanoi, paris, "Ana Ruiz", student__language="es", student__preferred_name="Ana")
