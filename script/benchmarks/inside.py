"""Runs in a process with the database: sessions of people, codes of rows to open, queries per page.

python -m script.benchmarks.inside ACT NUMBER   prints JSON. ACT: see the end of this file, or savers COUNT
"""

import datetime as dt
import itertools
import json
import os
import resource
import secrets
import sys
import time
from typing import Any
from unittest import mock
from urllib.parse import quote_plus

import django

django.setup()

from django.core.files.base import ContentFile  # noqa: E402 -- only after setup
from django.db import connection  # noqa: E402 -- only after setup
from django.db.models import QuerySet  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from applications.models import Application, Cycle, Decision, Interest, InterestSource, Question, Upload  # noqa: E402
from applications.reading import reader_stack  # noqa: E402
from applications.release.actions import releasing  # noqa: E402
from exchange.background import jobs  # noqa: E402
from exchange.models import Job, Message, Role, User  # noqa: E402
from script.benchmarks import check_in, director  # noqa: E402
from script.benchmarks.client import one_change  # noqa: E402
from script.benchmarks.pages import CLIENTS, COUNTED_ANEW, LISTS, PAGES, Page  # noqa: E402
from travel.models import PassportCase, Placement, Trip  # noqa: E402
from travel.outcomes import actions as outcomes  # noqa: E402
from travel.placement.actions import letters as letter_actions  # noqa: E402

BOOKKEEPING = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


def rows(cycle: Cycle) -> dict[str, object]:
    """A session for each person, and the codes to fill into paths."""
    drafts = list(cycle.applications.filter(status="draft").select_related("student").order_by("pk")[:CLIENTS])
    placement = Placement.objects.filter(trip__cycle=cycle).select_related("application__student").earliest("pk")
    readers = User.objects.filter(email__endswith=f"@{cycle.code}.example.edu", roles__kind=Role.Kind.ADVISOR)
    reader, reading_of = next(
        ((each, found) for each in readers.order_by("pk") if (found := reader_stack.next_unread(each))), (None, None)
    )
    if reader is None or reading_of is None:
        raise SystemExit(f"nobody in {cycle.code} has anything to read")
    advisor, theirs = reader, _theirs(reader, cycle)
    if not theirs.exists():  # among few applications, those of a reader's college may all be drafts
        advisor, theirs = next((each, _theirs(each, cycle)) for each in readers if _theirs(each, cycle).exists())
    people = {
        "placed": placement.application.student,
        "reader": reader,
        "advisor": advisor,
        "coordinator": _first(Role.Kind.COORDINATOR),
        "director": _first(Role.Kind.DIRECTOR),
    }
    return {
        "codes": {"cycle": cycle.code, "placement": placement.code, "reading": reading_of.code}
        | {"draft": drafts[0].code}
        | _typed(theirs.select_related("student").latest("pk").person, placement.application.person),
        "drafts": [{"code": draft.code, "session": _session(draft.student)} for draft in drafts],
        "sessions": {name: _session(person) for name, person in people.items()}
        | {"draft": _session(drafts[0].student)},
    }


def _theirs(advisor: User, cycle: Cycle) -> QuerySet[Application]:
    return Application.objects.answered_for_by(advisor).filter(cycle=cycle, status="submitted")


def _typed(student: User, traveler: User) -> dict[str, str]:
    """What staff type to find these two, as it stands in an address."""
    typed = {"name": student.full_name, "email": student.email or "", "phone": str(student.phone or "")[-7:]}
    typed |= {"part": student.full_name.split()[0], "traveler": traveler.full_name}
    number = Application.objects.filter(student=student).exclude(student_number="").latest("pk").student_number
    typed |= {"number": number}
    return {key: quote_plus(value) for key, value in typed.items()}


def savers(cycle: Cycle, count: int) -> list[dict[str, str]]:
    """A number of drafts, with a session each."""
    drafts = cycle.applications.filter(status="draft").select_related("student").order_by("pk")[:count]
    return [{"code": draft.code, "session": _session(draft.student)} for draft in drafts]


def _first(kind: str) -> User:
    return User.objects.filter(roles__kind=kind, is_active=True).earliest("pk")


def _session(person: User) -> str:
    client = Client()
    client.force_login(person)
    return client.cookies["sessionid"].value


def queries(cycle: Cycle) -> dict[str, int]:
    """Queries by label, of the second request: the first fills the caches."""
    found = rows(cycle)
    return {
        page.label: _queries(page, found) for page in (*PAGES, *COUNTED_ANEW) if page.after_the_trip == _is_home(cycle)
    }


def lists(cycle: Cycle) -> dict[str, dict[str, int]]:
    """By label: the queries of the page, and how many rows it shows."""
    interested(cycle)
    found, shown = rows(cycle), {}
    for page in LISTS:
        _answered(page, found)
    for job in Job.objects.filter(finished_at=None):  # what a worker would have done by now
        jobs.run(job.pk)
    for page in LISTS:
        queries, answer = _answered(page, found)
        shown[page.label] = {"queries": queries, "rows": answer.content.count(b'scope="row"')}
    return shown


def interested(cycle: Cycle) -> None:
    """As many people on the interest list as there are applications, called as their students are."""
    if Interest.objects.filter(email__endswith="@interest.example.edu").exists():
        return
    sources, now = [*InterestSource.objects.all(), None], timezone.now()
    states = ({}, {"confirmed_at": now}, {"confirmed_at": now, "told_at": now, "cycle": cycle})
    names = cycle.applications.order_by("pk").values_list("student__full_name", flat=True)
    people = (
        Interest(
            email=f"{name.lower().replace(' ', '.')}.{place}@interest.example.edu",
            language="es" if place % 3 else "en",
            source=sources[place % len(sources)],
            asked_at=now - dt.timedelta(minutes=place),
            expires_at=now + dt.timedelta(days=700),
            **states[place % 7 % 3],
        )
        for place, name in enumerate(names.iterator())
    )
    for some in itertools.batched(people, 5000):
        Interest.objects.bulk_create(some)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE applications_interest")


def _queries(page: Page, found: dict) -> int:
    return _answered(page, found)[0]


def _answered(page: Page, found: dict) -> tuple[int, Any]:
    """The second request's queries, because the first fills the caches, and its answer."""
    client = Client(headers={"host": "localhost"})
    client.cookies["sessionid"] = found["sessions"][page.person]
    path = page.path.format(**found["codes"])
    for turn in (1, 2):
        with CaptureQueriesContext(connection) as captured:
            data = {name: value.format(turn=turn) for name, value in page.post.items()}
            if page.saves:
                answer = client.post(path, one_change(data, turn, "queries"), content_type="application/json")
            elif page.post:
                answer = client.post(path, data)
            else:
                answer = client.get(path)
        if answer.status_code != (302 if page.post and not page.saves else 200):
            raise SystemExit(f"{path} answered {answer.status_code}")
    return sum(not query["sql"].startswith(BOOKKEEPING) for query in captured), answer


def _is_home(cycle: Cycle) -> bool:
    return Trip.objects.filter(cycle=cycle, returned_at__isnull=False).exists()


def home(cycle: Cycle) -> int:
    """Mark everyone as returned, and publish the outcomes, which the office does only then."""
    now, today = timezone.now(), timezone.localdate()
    Trip.objects.filter(cycle=cycle).update(
        leaves_on=today - dt.timedelta(days=20),
        returns_on=today - dt.timedelta(days=10),
        departed_at=now - dt.timedelta(days=20),
        returned_at=now - dt.timedelta(days=10),
    )
    PassportCase.objects.filter(application__cycle=cycle).update(stage="in_hand")
    count = Placement.objects.filter(trip__cycle=cycle).update(
        travelled_at=now - dt.timedelta(days=20), returned_at=now - dt.timedelta(days=10)
    )
    outcomes.publish_now(by=_first(Role.Kind.COORDINATOR))
    return count


def export(cycle: Cycle) -> dict[str, float]:
    """Run one export as a job, as a worker does; the environment variable FORM names the format."""
    by, form, query = _first(Role.Kind.COORDINATOR), os.environ["FORM"], f"cycle={cycle.code}"
    params = {"form": form, "query": query, "back": "/"}
    with mock.patch("exchange.tasks.run_job.apply_async"):  # there is no worker: this process does its work
        job, _is_new = jobs.start("applications.export", jobs.key_of(by.pk, query, form), by=by, params=params)
    started, worked = time.perf_counter(), time.process_time()
    done = jobs.run(job.pk)
    if done is None or done.state != "done":
        raise SystemExit(f"the export ended as {done}")
    return {
        "seconds": time.perf_counter() - started,
        "processor": time.process_time() - worked,
        "size": done.size,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }


def release(cycle: Cycle) -> dict[str, float]:
    """Decide every application under review and release the results as a job, as a worker does."""
    by = _first(Role.Kind.COORDINATOR)
    Decision.objects.unreleased().filter(application__cycle=cycle).delete()
    running = cycle.applications.filter(status__in=("submitted", "waitlisted"))
    people = int(os.environ["PEOPLE"])
    if running.count() < people:
        raise SystemExit(f"only {running.count()} are in the running")
    results = itertools.cycle(("selected", "not_selected", "not_selected"))
    Decision.objects.bulk_create(
        Decision(application=each, result=next(results), reason="As the readings say.", decided_by=by)
        for each in running.order_by("pk")[:people]
    )
    before = Message.objects.count()
    with mock.patch("exchange.tasks.run_job.apply_async"):  # there is no worker: this process does its work
        started = releasing.start(releasing.keep_dry_run(cycle, by=by), by=by, partly_read=True)
    clock, worked = time.perf_counter(), time.process_time()
    done = jobs.run(started.job_id)
    if done is None or done.state != "done":
        raise SystemExit(f"the release ended as {done}")
    return {
        "seconds": time.perf_counter() - clock,
        "processor": time.process_time() - worked,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "told": running.model.objects.filter(decisions__released_by=by, decisions__released_at__gte=started.started_at)
        .distinct()
        .count(),
        "messages": Message.objects.count() - before,
    }


def files(cycle: Cycle) -> int:
    """A file for each application, all different, and its row. Returns how many."""
    question = Question.objects.filter(kind=Question.Kind.FILE).earliest("pk")
    size, now, written = int(os.environ["KILOBYTES"]) * 1024, timezone.now(), 0
    for some in itertools.batched(cycle.applications.order_by("pk").values_list("pk", flat=True).iterator(), 2000):
        uploads = []
        for application in some:
            upload = Upload(code=secrets.token_hex(16), application_id=application, question=question)
            upload.content_type, upload.original_name, upload.size = "image/jpeg", "photo.jpg", size
            upload.state, upload.checked_at = Upload.State.KEPT, now
            upload.file.save("photo.jpg", ContentFile(secrets.token_bytes(size)), save=False)
            uploads.append(upload)
        Upload.objects.bulk_create(uploads)
        written += len(uploads)
    return written


def letters(cycle: Cycle) -> dict[str, float]:
    """Request LETTERS letters; workers beside this process make them."""
    by, wanted = _first(Role.Kind.COORDINATOR), int(os.environ["LETTERS"])
    going = Placement.objects.active().filter(trip__cycle=cycle)
    rest = going.order_by("pk").values_list("application", flat=True)[wanted:]
    cycle.applications.filter(pk__in=list(rest)).update(status="withdrawn", withdrawn_at=timezone.now())
    started = time.perf_counter()
    job = letter_actions.start(cycle, by=by)
    while not job.is_finished:
        time.sleep(0.2)
        job.refresh_from_db()
    if job.state != "done":
        raise SystemExit(f"the letters ended as {job}: {job.error}")
    return {"seconds": time.perf_counter() - started, "letters": going.count(), "size": job.size}


if __name__ == "__main__":
    if sys.argv[1] == "savers":
        print(json.dumps(savers(Cycle.objects.get(code=f"bench-{sys.argv[3]}"), int(sys.argv[2]))))
        sys.exit()
    acts = {"rows": rows, "queries": queries, "home": home, "export": export, "release": release, "letters": letters}
    acts |= {
        "files": files,
        "lists": lists,
        "check_in": check_in.measure,
        "director": director.prepare,
        "director_visits": director.visits,
    }
    act = acts[sys.argv[1]]
    print(json.dumps(act(Cycle.objects.get(code=f"bench-{sys.argv[2]}"))))
