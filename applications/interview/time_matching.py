"""Which of several students can have a time at once: a matching of students to time slots. Pure.

Method: each student in turn gets a slot by the shortest augmenting path, as in `reading.assignment`. Who has a slot
keeps having one, whoever comes later, so the order is the priority. By Berge's theorem as many as possible have one.
"""

from collections import deque
from collections.abc import Collection, Hashable, Mapping


def seated[Student: Hashable, Slot: Hashable](open_to: Mapping[Student, Collection[Slot]]) -> dict[Student, Slot]:
    """A slot of their own for as many of these students as possible. `open_to`: in the order of priority."""
    taken: dict[Slot, Student] = {}
    for student in open_to:
        _seat(student, open_to, taken)
    return {student: slot for slot, student in taken.items()}


def _seat[Student: Hashable, Slot: Hashable](
    student: Student, open_to: Mapping[Student, Collection[Slot]], taken: dict[Slot, Student]
) -> None:
    """Give the student a slot, moving others to another of theirs if that frees one. Changes `taken`."""
    reached_by: dict[Slot, Student] = {}
    moving = deque([student])
    while moving:
        each = moving.popleft()
        for slot in open_to[each]:
            if slot in reached_by:
                continue
            reached_by[slot] = each
            if slot not in taken:
                _move_along(slot, student, reached_by, taken)
                return
            moving.append(taken[slot])


def _move_along[Student: Hashable, Slot: Hashable](
    free: Slot, student: Student, reached_by: Mapping[Slot, Student], taken: dict[Slot, Student]
) -> None:
    had = {person: slot for slot, person in taken.items()}
    slot: Slot | None = free
    while slot is not None:
        person = reached_by[slot]
        taken[slot] = person
        slot = had.get(person) if person != student else None


def harmless[Student: Hashable, Slot: Hashable](
    student: Student, open_to: Mapping[Student, Collection[Slot]], asked: Collection[Slot]
) -> list[Slot]:
    """Which of the slots asked for the student can book so that each other who has one (`seated`) still can.

    A slot is one of these if none of the others has it, or if whoever has it can move, by others who move on, to a slot
    that none of them has. So one search from the slots that are free finds all, without another matching.
    """
    having = {each: slot for each, slot in seated(open_to).items() if each != student}
    fits: dict[Slot, list[Student]] = {slot: [] for slot in asked}
    for each in having:
        for slot in open_to[each]:
            fits.setdefault(slot, []).append(each)
    to_spare = set(fits) - set(having.values())
    searching = list(to_spare)
    while searching:
        for each in fits[searching.pop()]:
            if having[each] not in to_spare:
                to_spare.add(having[each])
                searching.append(having[each])
    return [slot for slot in asked if slot in to_spare]


def harmless_changes[Student: Hashable, Slot: Hashable](
    student: Student, own: Slot, others: Mapping[Student, Collection[Slot]], asked: Collection[Slot]
) -> list[Slot]:
    """As `harmless`, for a student who gives a slot of their own back for one of these. Somebody who has none would
    take it, so if there is such a person, nobody else is counted on to move to it."""
    without = {each: [slot for slot in slots if slot != own] for each, slots in others.items()}
    is_missed = len(seated(others)) > len(seated(without))
    return harmless(student, {student: [own]} | dict(without if is_missed else others), asked)
