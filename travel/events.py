"""What follows each event, in order: one list per event, filled once models are ready.

The package in which an event happens writes its own row, its audit record and its message; everything else that has to
follow stands here. All act in the event's transaction; `RELEASED` comes after it. What isn't listed writes nothing:
pages and nightly tasks read the state of the row (docs/adr/0001).
"""

from applications.base.withdrawals import WITHDRAWN
from applications.release.actions import appeals
from applications.release.after import RELEASED
from exchange.guests import links
from exchange.reference.facts import FACT_CHANGED
from travel.passport.case import replan
from travel.placement.actions import drop_out, move_tasks, trip_change, trip_course
from travel.placement.slots import CANCELED, DEPARTED, MOVED, PLACED, RETURNED
from travel.prepare import move_follow
from travel.prepare.checklist import steps_follow
from travel.prepare.money import follow as money_follow
from travel.prepare.orientation.actions import SESSION_CHANGED
from travel.prepare.signing import guardian
from travel.reflection.actions import alumni


def fill() -> None:
    RELEASED.fill(  # a cycle's results are out
        replan.open_soon,  # passport cases of those selected and on the waitlist
    )
    WITHDRAWN.fill(  # an application, by its student or by the office for them; each also says how it's undone
        appeals.FOLLOWER,  # an open appeal ends
        drop_out.FOLLOWER,  # a passport day is canceled; the office: ticket, visa, insurance, host, room, voucher
        money_follow.FOLLOWER,  # what isn't paid yet is canceled; the office: what is
        steps_follow.WITHDRAWN,  # open steps are closed
        guardian.WITHDRAWN,  # nobody calls their parent or guardian
    )
    PLACED.fill(  # a first seat on a trip, by a run
        replan.open_for,  # the checklist with its dates, the passport case
    )
    MOVED.fill(  # another seat: by hand, by a run, or after the trip was canceled; each also says how it's undone
        move_tasks.FOLLOWER,  # the office: what each trip needs; first, because it reads what the next one takes away
        move_follow.FOLLOWER,  # room, own flights, visa days and what was said of a visa end; the office: money
        steps_follow.MOVED,  # steps of the old trip are closed, those of the new one open, all dates planned again
        move_follow.LINKS,  # links of student and family last as long as the new trip
    )
    CANCELED.fill(  # a trip, which tells everyone and has a task for each thing to undo (`trip_change`)
        trip_change.drop_wishes,
        trip_change.plan_without_it,
    )
    DEPARTED.fill(  # a group
        trip_course.ask_about_left_behind,  # the office: whoever isn't with the group
    )
    RETURNED.fill(  # a group
        trip_course.keep_links,  # until today, where they came home later
        trip_course.ask_about_not_back,  # the office: whoever isn't with the group
    )
    SESSION_CHANGED.fill(  # an orientation has another time or place, is canceled or back on
        alumni.session_changed,  # alumni who come along are told
    )
    FACT_CHANGED.fill(  # a fee, a number of days
        replan.on_fact,  # passport dates, by a job
        links.follow_fact,  # private links, until when they work
    )
