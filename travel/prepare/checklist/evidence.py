"""Where an item of the checklist leads when another page stores what shows that it's done.

Each part of the portal registers its own, in `TravelConfig.ready`:

    evidence.register("contacts", "travel:placement-contacts")  # a page of the placement
    evidence.register("agreement", "travel:form-sign", evidence=Evidence.SIGNATURE, takes_key=True)

The action that stores the evidence then calls `checklist.actions.fulfil`, and `unfulfil` when it no longer counts.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from travel.base.form_words import has_words
from travel.models import ChecklistItem, ChecklistStep, Placement
from travel.models.checklist import StepFields
from travel.passport.case.next_step import NextStep

Evidence = StepFields.Evidence


@dataclass(frozen=True, slots=True)
class Place:
    """A registered page. `is_there`: whether the evidence is there already, for steps that come later. `label`: of the
    button that leads there, if it's not a page to fill in. `office`: URL name of the page where the office stores it,
    with what the link there says.
    """

    url_name: str
    takes_key: bool
    is_there: Callable[[Placement], bool] | None
    label: Any = ""
    office: str = ""
    office_label: Any = ""


_places: dict[tuple[str, str], Place] = {}


def register(
    key: str,
    url_name: str,
    *,
    evidence: str = Evidence.PAGE,
    takes_key: bool = False,
    is_there: Callable[[Placement], bool] | None = None,
    label: Any = "",
    office: str = "",
    office_label: Any = "",
) -> None:
    """Name the page for an `evidence_key`. Its address takes the placement's `code`, and the `key` with `takes_key`;
    that of `office` the trip's `code`.
    """
    _places[str(evidence), key] = Place(url_name, takes_key, is_there, label, office, office_label)


def place_of(step: StepFields) -> Place | None:
    return _places.get((step.evidence, step.evidence_key))


def is_by_hand(step: StepFields) -> bool:
    """Whether a person says that it's done: also where nobody has registered the page, so that no step stays open."""
    return step.is_by_hand or (not step.asks_file and place_of(step) is None)


def href_of(step: StepFields, placement: Placement) -> str:
    """The address of the student's page; empty if there's none, if the step is checked off by hand, or while nothing is
    published to sign there.
    """
    place = place_of(step)
    if place is None or (isinstance(step, ChecklistStep) and not has_words(step)):
        return ""
    more = {"key": step.evidence_key} if place.takes_key else {}
    return reverse(place.url_name, kwargs={"code": placement.code, **more})


def office_link_of(step: StepFields, placement: Placement) -> tuple[str, str]:
    """(address, label) of the office's page where this is stored for a whole trip, or empty. Needs the trip."""
    place = place_of(step)
    if place is None or not place.office:
        return "", ""
    return reverse(place.office, kwargs={"code": placement.trip.code}), str(place.office_label)


def label_of(step: StepFields, *, is_done: bool = False) -> str:
    """What the button to that page says."""
    if is_done and step.evidence == Evidence.SIGNATURE:
        return _("See what you signed")
    if (place := place_of(step)) and place.label:
        return str(place.label)
    return {
        Evidence.SIGNATURE: _("Read and sign"),
        Evidence.ATTENDANCE: _("See when and where"),
    }.get(Evidence(step.evidence), _("Fill it in"))


def lead(step: NextStep, items: Iterable[ChecklistItem], placement: Placement) -> NextStep:
    """The next step with the button that leads straight to the page where it's done."""
    for item in items:
        item.placement = placement
        if item.is_open and step.action_href == item.get_absolute_url() and (href := href_of(item.step, placement)):
            return replace(step, action_href=href, action_label=label_of(item.step))
    return step


def registered() -> dict[tuple[str, str], str]:
    """(evidence, key) -> name of the page."""
    return {names: place.url_name for names, place in _places.items()}
