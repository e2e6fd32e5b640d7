"""What happens to promised money when its traveler drops out, and when that is undone."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.base.costs import dollars
from applications.base.withdrawals import Follower
from applications.models import Application
from exchange.base import office_tasks
from exchange.base.codes import key_of
from exchange.models import OfficeTask, User
from travel.base import task_rows
from travel.models import MoneyPromise, Placement, Receipt
from travel.prepare.money import promise as money
from travel.prepare.money.actions import Why, cancel_open, restore_canceled
from travel.prepare.money.rows import sums_of

TASK = "travel.leaves_money"


def register_words() -> None:
    office_tasks.register(
        TASK,
        gettext_lazy("Decide about %(person)s’s money for %(city)s"),
        gettext_lazy(
            "Some of it was paid or is on a list, or they sent receipts. Decide what they keep and what’s still paid,"
            " and write it in the note."
        ),
    )


def office_decides(placement: Placement) -> bool:
    """Whether a task is open about what was paid or promised to them. One query."""
    return OfficeTask.objects.open().filter(kind=TASK, person=placement.application.student_id).exists()


def _split(application: Application) -> tuple[list[MoneyPromise], list[MoneyPromise]]:
    """(promises to cancel, promises about which a person decides). A refund with a receipt was spent already."""
    theirs = MoneyPromise.objects.filter(placement__application=application).with_sums().with_people()
    spent = set(_counting(application))
    cancel, decide = [], []
    for each in theirs:
        sums = sums_of(each)
        if sums.free > 0 and each.pk not in spent:
            cancel.append(each)
        if sums.listed or sums.paid or each.pk in spent:
            decide.append(each)
    return cancel, decide


def _counting(application: Application) -> Iterable[int]:
    counts = (Receipt.Decision.WAITING, Receipt.Decision.APPROVED)
    receipts = Receipt.objects.filter(promise__placement__application=application, decision__in=counts)
    return receipts.order_by().values_list("promise", flat=True)


def lines(application: Application) -> list[str]:
    cancel, decide = _split(application)
    found = []
    if cancel:
        total = sum(sums_of(each).free for each in cancel)
        text = _("Unpaid support is canceled: %(amount)s.")
        found.append(text % {"amount": dollars(money.decimal(total))})
    if decide:
        found.append(_("A task for the office: decide about money that was paid, listed or spent."))
    return found


def after(application: Application, by: User) -> None:
    cancel, decide = _split(application)
    for each in cancel:
        cancel_open(MoneyPromise.objects.select_for_update(of=("self",)).get(pk=each.pk), Why.DROPPED_OUT, by=by)
    if not decide:
        return
    seat = Placement.objects.select_related("trip__city", "application__student").get(application=application)
    moment = application.withdrawn_at.isoformat() if application.withdrawn_at else ""
    office_tasks.open(
        f"{key_of(application)}:{moment}:{TASK}",
        TASK,
        due_on=task_rows.due_on(),
        about=key_of(seat.trip),
        path=reverse("travel:trip-money", args=[seat.trip.code]),
        person=application.student,
        params=task_rows.city_of(seat.trip),
        source=key_of(application),
        by=by,
    )


def undone(application: Application, by: User) -> None:
    """What was canceled by it is open again; the task is dropped with the others of the application."""
    theirs = MoneyPromise.objects.select_for_update(of=("self",)).filter(placement__application=application)
    for each in theirs.filter(canceled_why=Why.DROPPED_OUT):
        restore_canceled(each, by=by)


FOLLOWER = Follower(after, undone, lines)
