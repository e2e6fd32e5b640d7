"""The reasons for a placement in words: for students without names or scores, for staff in short."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from travel.placement import placing
from travel.placement.matching import Reason

REASONS: Mapping[str, str | Promise] = {
    Reason.FILLED_BY_HIGHER_PRIORITY: gettext_lazy(
        "Its seats went to students ahead of you. The order comes from the readers’ scores; a lottery decides between"
        " equal scores."
    ),
    Reason.FILLED_WITH_KEPT_SEATS: gettext_lazy(
        "Its seats are taken. Some seats of this trip are kept for groups that the city names before it places anyone."
        " All other seats went to students ahead of you."
    ),
    Reason.TAKEN_BEFORE: gettext_lazy("Its seats had been given out before. Nobody loses a seat they have."),
    placing.BY_LOTTERY: gettext_lazy("Its seats went to students ahead of you in the lottery."),
    Reason.NOT_FEASIBLE: gettext_lazy("It was not on the list of cities that can work for you in time."),
    Reason.NO_SEATS: gettext_lazy("It has no seats left."),
    placing.NO_TRIP: gettext_lazy("No trip goes there in this cycle."),
    placing.CLOSED: gettext_lazy("This trip does not take place."),
    placing.LEFT_OUT: gettext_lazy("Its seats were not given out this time."),
    placing.STAYS_HOME: gettext_lazy("You said that you would rather stay home than go to a city below this line."),
}
STAFF_REASONS: Mapping[str, str | Promise] = {
    Reason.FILLED_BY_HIGHER_PRIORITY: gettext_lazy("full, by score"),
    Reason.FILLED_WITH_KEPT_SEATS: gettext_lazy("full, with kept seats"),
    Reason.TAKEN_BEFORE: gettext_lazy("given out before"),
    placing.BY_LOTTERY: gettext_lazy("full, by lottery"),
    Reason.NOT_FEASIBLE: gettext_lazy("not feasible"),
    Reason.NO_SEATS: gettext_lazy("no seats"),
    placing.NO_TRIP: gettext_lazy("no trip"),
    placing.CLOSED: gettext_lazy("closed"),
    placing.LEFT_OUT: gettext_lazy("left out"),
    placing.STAYS_HOME: gettext_lazy("rather stay home"),
}


def choice_label(rank: int) -> str:
    """ "first choice"; a number from the fourth on."""
    words = {1: _("first choice"), 2: _("second choice"), 3: _("third choice")}
    return words.get(rank) or _("choice number %(rank)s") % {"rank": rank}
