"""The reasons for a placement in words: for students without names or scores, for staff in short."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from travel.placement import placing
from travel.placement.matching import Reason

REASONS: Mapping[str, str | Promise] = {
    Reason.FILLED_BY_HIGHER_PRIORITY: gettext_lazy(
        "Its spots went to students with a higher priority. Priority comes from the readers’ scores, and a"
        " lottery breaks ties."
    ),
    Reason.FILLED_WITH_KEPT_SEATS: gettext_lazy(
        "Its spots are taken. Some are reserved for groups the city names before it places anyone. The others"
        " went to students with a higher priority."
    ),
    Reason.TAKEN_BEFORE: gettext_lazy("Its spots were already taken. No one loses a spot they have."),
    placing.BY_LOTTERY: gettext_lazy("Its spots went to students ahead of you in the lottery."),
    Reason.NOT_FEASIBLE: gettext_lazy("It isn’t on the list of cities that can work for you in time."),
    Reason.NO_SEATS: gettext_lazy("It has no spots left."),
    placing.NO_TRIP: gettext_lazy("There’s no trip there in this cycle."),
    placing.CLOSED: gettext_lazy("This trip is canceled."),
    placing.LEFT_OUT: gettext_lazy("Its spots weren’t filled this time."),
    placing.STAYS_HOME: gettext_lazy("You said you’d rather stay home than go to a city below this point."),
}
STAFF_REASONS: Mapping[str, str | Promise] = {
    Reason.FILLED_BY_HIGHER_PRIORITY: gettext_lazy("full, by score"),
    Reason.FILLED_WITH_KEPT_SEATS: gettext_lazy("full, with reserved spots"),
    Reason.TAKEN_BEFORE: gettext_lazy("already taken"),
    placing.BY_LOTTERY: gettext_lazy("full, by lottery"),
    Reason.NOT_FEASIBLE: gettext_lazy("not feasible"),
    Reason.NO_SEATS: gettext_lazy("no spots"),
    placing.NO_TRIP: gettext_lazy("no trip"),
    placing.CLOSED: gettext_lazy("closed"),
    placing.LEFT_OUT: gettext_lazy("left out"),
    placing.STAYS_HOME: gettext_lazy("would rather stay home"),
}


def choice_label(rank: int) -> str:
    """ "first choice"; a number from the fourth on."""
    words = {1: _("first choice"), 2: _("second choice"), 3: _("third choice")}
    return words.get(rank) or _("choice number %(rank)s") % {"rank": rank}
