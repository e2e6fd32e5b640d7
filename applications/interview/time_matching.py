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
    student: Student, open_to: Mapping[Student, Collection[Slot]]
) -> list[Slot]:
    """The student's slots whose booking takes nobody else's only one: of the others, as many have a slot as before."""
    most = len(seated(open_to))
    found = []
    for slot in open_to[student]:
        rest = {each: [one for one in slots if one != slot] for each, slots in open_to.items() if each != student}
        if len(seated(rest)) + 1 == most:
            found.append(slot)
    return found
