"""Who reads what."""

import secrets
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import cast

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications import assignment as drawing
from applications.models import Application, Assignment, Cycle, HelpSession
from exchange import audit, facts, messages
from exchange.errors import RuleViolation
from exchange.models import College, Role, User


@transaction.atomic
def assign_readers(cycle: Cycle, *, by: User, seed: int | None = None) -> drawing.AssignmentPlan:
    """Give each submitted application of the cycle its readers from other colleges; keeps those it has.

    Each reader with something new gets one message. The seed is drawn here unless given, and recorded.
    RuleViolation: no_rubric, not_enough_readers (nothing is assigned; says what would do).
    """
    cycle = Cycle.objects.select_for_update(of=("self",)).get(pk=cycle.pk)  # two at once would assign twice
    if not cycle.criteria.exists():
        raise RuleViolation("no_rubric", _("This cycle has no rubric yet, so nobody can score. Add one first."))
    seed = secrets.randbelow(2**31) if seed is None else seed
    applications = {each.code: each for each in cycle.applications.submitted().select_related("college", "student")}
    kept = list(
        Assignment.objects.filter(application__in=applications.values()).values_list(
            "application__code", "reader__code"
        )
    )
    people, readers, conflicts = _pool(applications, {reader for _code, reader in kept})
    colleges = {reader.code: reader.college for reader in readers}
    existing = [
        (code, reader)
        for code, reader in kept
        if _home(applications[code]).code != colleges[reader] and (code, reader) not in conflicts
    ]
    try:
        plan = drawing.assign(
            [drawing.Candidate(code, _home(each).code) for code, each in applications.items()],
            readers,
            cycle.reads_each,
            conflicts=conflicts,
            existing=existing,
            seed=seed,
        )
    except drawing.NotEnoughReaders as shortage:
        raise RuleViolation("not_enough_readers", _explain(shortage, applications, people, readers)) from shortage
    _write(plan, cycle, applications, people, by)
    if plan.added:
        changes = {"seed": seed, "added": len(plan.added), "loads": dict(plan.loads)}
        audit.record("review.assign_readers", cycle, by=by, changes=changes)
    return plan


def _home(row: Application | Role) -> College:
    """A submitted application and an advisor's role always name one: constraints say so."""
    return cast(College, row.college)


def _pool(
    applications: Mapping[str, Application], assigned: set[str]
) -> tuple[dict[str, User], list[drawing.Reader], set[drawing.Pair]]:
    """Advisors read; the office decides, so it does not. Who has left keeps what they have and gets no more."""
    most = int(facts.number("review.reads_max"))
    advisors = Role.objects.filter(kind=Role.Kind.ADVISOR, user__is_active=True)
    office = Role.objects.filter(kind=Role.Kind.COORDINATOR).values("user")
    colleges: dict[str, list[str]] = defaultdict(list)
    people: dict[str, User] = {}
    for role in advisors.exclude(user__in=office).select_related("user", "college").order_by("college__code"):
        people[role.user.code] = role.user
        colleges[role.user.code].append(_home(role).code)
    former = set(assigned) - people.keys()
    people |= {user.code: user for user in User.objects.filter(code__in=former)}
    readers = [drawing.Reader(code, (colleges.get(code) or [""])[0], 0 if code in former else most) for code in people]
    # someone who advises at two colleges reads neither of them
    conflicts = {
        (application.code, code)
        for code, own in colleges.items()
        if len(own) > 1
        for application in applications.values()
        if _home(application).code in own[1:]
    }
    # nor does a former student read the own application
    conflicts |= {(code, each.person.code) for code, each in applications.items() if each.person.code in people}
    # nor does anyone read what they helped to write
    helped = HelpSession.objects.granted().filter(application__in=applications.values())
    conflicts |= set(helped.values_list("application__code", "helper__code"))
    return people, readers, conflicts


def _write(
    plan: drawing.AssignmentPlan,
    cycle: Cycle,
    applications: Mapping[str, Application],
    people: Mapping[str, User],
    by: User,
) -> None:
    now = timezone.now()
    Assignment.objects.bulk_create(
        [
            Assignment(application=applications[code], reader=people[reader], assigned_by=by, released_at=now)
            for code, reader in plan.added
        ],
        batch_size=2000,
    )
    for reader, count in sorted(Counter(reader for _code, reader in plan.added).items()):
        messages.queue("applications/readings_assigned", to=people[reader], context={"cycle": cycle, "count": count})


def _explain(
    shortage: drawing.NotEnoughReaders,
    applications: Mapping[str, Application],
    people: Mapping[str, User],
    readers: list[drawing.Reader],
) -> str:
    """What is missing, exactly, and what would do."""
    missing = sum(each.missing for each in shortage.shortfalls)
    sentences = [
        ngettext(
            "No reader was assigned: %(missing)s reading is missing.",
            "No reader was assigned: %(missing)s readings are missing.",
            missing,
        )
        % {"missing": missing},
        _("The %(readers)s readers can take %(capacity)s in all; %(needed)s would do.")
        % {
            "readers": sum(1 for each in readers if each.capacity),
            "capacity": shortage.capacity,
            "needed": shortage.sufficient_capacity,
        },
    ]
    sentences += _new_readers(shortage, applications)
    full = {
        reader
        for each in shortage.shortfalls
        for reader, barrier in each.barriers.items()
        if barrier is drawing.Barrier.AT_CAP
    }
    if full:
        names = ", ".join(sorted(str(people[code]) for code in full))
        sentences.append(_("At their limit, and able to help with more: %(names)s.") % {"names": names})
    return " ".join(sentences)


def _new_readers(shortage: drawing.NotEnoughReaders, applications: Mapping[str, Application]) -> list[str]:
    """For each college whose students lack readers, how many more would do."""
    sentences = []
    new_readers: dict[str, int] = defaultdict(int)
    for each in shortage.shortfalls:
        college = _home(applications[each.application]).name
        new_readers[college] = max(new_readers[college], each.new_readers)
    for college, count in sorted(new_readers.items()):
        if count:
            sentences.append(
                ngettext(
                    "Students of %(college)s need %(count)s more reader who advises at another college.",
                    "Students of %(college)s need %(count)s more readers who advise at other colleges.",
                    count,
                )
                % {"college": college, "count": count}
            )
    return sentences


def lacking_readers(cycle: Cycle) -> QuerySet[Application]:
    """Submitted applications of the cycle that have fewer readers than they should."""
    return (
        cycle.applications.submitted()
        .annotate(readers=Count("assignments"))
        .filter(readers__lt=cycle.reads_each)
        .order_by("pk")
    )
