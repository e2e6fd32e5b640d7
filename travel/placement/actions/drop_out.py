"""What happens to a seat when its student withdraws, by themselves or by the office, and when that is undone."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.base.withdrawals import Follower
from applications.models import Application
from exchange.base import office_tasks
from exchange.base.codes import key_of
from exchange.models import User
from exchange.templatetags.ui import full_day
from travel.base import task_rows
from travel.models import PassportBooking, Placement, Trip
from travel.passport.case import where_to_apply as passport_days
from travel.passport.days import actions as passport_day
from travel.placement import loose_ends


def _seat(application: Application) -> Placement | None:
    """The seat on a trip that takes place and isn't over for the student."""
    rows = Placement.objects.select_related("trip__city", "trip__host", "application__student")
    return rows.filter(application=application, trip__closed_at=None, returned_at=None).first()


def _bookings(application: Application) -> list[PassportBooking]:
    rows = PassportBooking.objects.active().filter(application=application, result="").select_related("day", "slot")
    return [booking for booking in rows if booking.day.is_ahead and passport_days.can_cancel(booking)]


def lines(application: Application) -> list[str]:
    """What a withdrawal would do here, in sentences for the office."""
    found = []
    if seat := _seat(application):
        going = seat.trip.placements.active().count() - 1
        text = ngettext(
            "Their spot on the trip to %(city)s opens: %(going)s student would still go, of %(seats)s spots.",
            "Their spot on the trip to %(city)s opens: %(going)s students would still go, of %(seats)s spots.",
            going,
        )
        found.append(text % {"city": seat.trip.city.name, "going": going, "seats": seat.trip.seats})
        tasks = loose_ends.titles(seat, loose_ends.of(seat))
        found += [_("A task for the office: %(task)s.") % {"task": task} for task in tasks]
    found += [
        _("The passport day on %(day)s is canceled, and the next in line moves up.") % {"day": full_day(each.day.on)}
        for each in _bookings(application)
    ]
    return found


def after(application: Application, by: User) -> None:
    """Open the tasks that the seat leaves, and cancel a passport day that is still ahead."""
    for booking in _bookings(application):
        passport_day.cancel(booking, by=by)
    seat = _seat(application)
    if seat is None:
        return
    source, day = key_of(application), task_rows.due_on()
    moment = application.withdrawn_at.isoformat() if application.withdrawn_at else ""
    for end in loose_ends.of(seat):
        office_tasks.open(
            f"{source}:{moment}:{end.kind}:{end.key}",
            end.kind,
            due_on=day,
            about=key_of(seat.trip),
            path=end.path,
            person=application.student,
            params=end.params,
            source=source,
            by=by,
        )


def obstacle(application: Application) -> str:
    """Why the seat can't be given back. Locks the trip, so that a run can't fill it meanwhile."""
    seat = Placement.objects.filter(application=application).select_related("trip").first()
    if seat is None:
        return ""
    trip = Trip.objects.select_for_update(of=("self",)).get(pk=seat.trip_id)
    if trip.departed_at or trip.closed_at:
        return _("The trip has left or was canceled, so the spot can’t be given back. Nothing was changed.")
    if trip.placements.active().count() >= trip.seats:
        return _("The spot on the trip went to someone else. Nothing was changed.")
    return ""


def undone(application: Application, by: User) -> None:
    """Tasks that nobody has done yet aren't needed. The passport day isn't booked again: its time may be taken."""
    office_tasks.drop(key_of(application), by=by)


FOLLOWER = Follower(after, undone, lines, obstacle)
