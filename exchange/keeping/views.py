"""The operations page: what works and since when, what waits, and what its owners can do about it."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.contrib import messages as flash
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from exchange.background import alarms, dispatch, status
from exchange.background.part import SOON, Group, Part, State
from exchange.base.audit import record
from exchange.base.errors import RuleViolation
from exchange.keeping import destination, runbook
from exchange.messages import outbox
from exchange.models import Backup, Message
from exchange.web.shortcuts import me, require

ORDER = (State.FAILING, State.SOON, State.OK, State.OFF)
TROUBLED = ORDER[:2]
TAKES_AT_MOST = timedelta(hours=6)  # as the task; an older one was interrupted


@require_safe
def status_page(request: HttpRequest) -> HttpResponse:
    """For the owners. Takes as long as the slowest part, at most some seconds."""
    require(me(request).is_superuser)
    parts, known, addresses = status.parts(), alarms.known(), runbook.addresses()
    rows = [_row(part, known, addresses) for part in parts]
    given_up, waiting = Message.objects.for_a_person().count(), Message.objects.waiting()
    context = {
        "troubled": _sorted(row for row in rows if row["is_troubled"]),
        "services": _sorted(row for row in rows if row["part"].group == Group.SERVICE),
        "waiting": [row for row in rows if row["part"].group == Group.WAITING],
        "early": _sorted(row for row in rows if row["part"].group == Group.EARLY),
        "messages_waiting": waiting.count(),
        "given_up": given_up,
        "has_backups": destination.is_set_up(),
        "is_backing_up": _is_backing_up(),
    }
    return render(request, "exchange/keeping/status.html", context)


def _row(part: Part, known: dict[str, alarms.Known], addresses: dict[str, str]) -> dict[str, Any]:
    found = known.get(part.alarm) or known.get(f"{part.name}{SOON}")
    return {
        "part": part,
        "since": found and found.since,
        "told_at": found and found.told_at,
        "is_troubled": part.state in TROUBLED,
        "section": addresses.get(part.name, "") if part.state in TROUBLED else "",
    }


def _sorted(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The worst first."""
    return sorted(rows, key=lambda row: ORDER.index(row["part"].state))


def _is_backing_up() -> bool:
    return Backup.objects.filter(finished_at=None, error="", started_at__gt=timezone.now() - TAKES_AT_MOST).exists()


@require_safe
def status_runbook(request: HttpRequest) -> HttpResponse:
    """What to do about each alarm: docs/operations.md, which is in English only, like the commands in it."""
    require(me(request).is_superuser)
    return render(request, "exchange/keeping/runbook.html", {"sections": runbook.sections()})


@require_POST
def status_send_again(request: HttpRequest) -> HttpResponse:
    """All messages that were given up and whose news reached nobody. The owner sees neither to whom nor what."""
    require(me(request).is_superuser)
    try:
        count = outbox.send_all_again(Message.objects.for_a_person(), by=me(request))
    except RuleViolation as violation:
        flash.error(request, violation.message)
    else:
        done = ngettext("%(count)s message is on its way again.", "%(count)s messages are on their way again.", count)
        flash.success(request, done % {"count": count})
    return redirect("status")


@require_POST
def status_backup(request: HttpRequest) -> HttpResponse:
    """Asks a worker for a backup. How it ended is in its row, which the page shows."""
    by = me(request)
    require(by.is_superuser and destination.is_set_up())
    if _is_backing_up():
        flash.error(request, _("A backup is being taken already."))
    elif dispatch.send("exchange.take_backup", TAKES_AT_MOST.total_seconds(), at_once=True):
        with transaction.atomic():
            record("backup.ask", by, by=by)
        flash.success(request, _("A worker takes the backup now. Reload this page in a few minutes to see it here."))
    else:
        flash.error(request, _("No backup was asked for: the task queue isn’t working."))
    return redirect("status")
