"""The annual report: a designed PDF of what was published, with stories, made by a worker in one language.

Its figures are those of the outcomes page over all years; its stories are asked when the work begins, and recorded,
so that one that is taken back later is listed for the office with the name of this file.
"""

import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from PIL import Image, UnidentifiedImageError

from exchange.background import jobs
from exchange.background.jobs import Result, Work
from exchange.base.errors import RuleViolation
from exchange.base.office import office
from exchange.base.outage import AwayError
from exchange.files.documents import for_print, pdf_of
from exchange.models import Job, Language, PartnerCity, User
from travel.base import world_map
from travel.base.maps import home, place_of
from travel.models import Photo
from travel.outcomes import documents, impact, now, open_data
from travel.outcomes.population import Mark
from travel.outcomes.published import ALL, Report, cycle_shares, report
from travel.outcomes.report import page_of
from travel.outcomes.words import count_text, mark_name, payer_text, share_words
from travel.reflection.stories import Audience, Told, record_uses, stories

JOB = "travel.annual_report"
STORIES, PICTURE_SIDE = 4, 700
PARTS = 5  # of the work, for its progress
NOTHING = gettext_lazy("Nothing has been published yet, so there’s nothing to report.")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one payer spent on the trips of the report. `actual`: None where something isn't paid yet."""

    payer: str
    planned: Decimal
    actual: Decimal | None


@dataclass(frozen=True, slots=True)
class Money:
    by_payer: list[Cost]
    total: Cost
    each: Decimal | None  # per student who traveled, actual if all is paid, else planned


def start(language: str, *, by: User) -> Job:
    """RuleViolation (`nothing_published`) if there is nothing to report."""
    if language not in Language.values:
        raise RuleViolation("no_such_language", _("Choose English or Spanish."))
    if report(ALL).outcomes is None:
        raise RuleViolation("nothing_published", NOTHING)
    params = {"language": language, "back": reverse("travel:outcomes-reports")}
    job, _new = jobs.start(JOB, language, by=by, params=params, total=PARTS)
    return job


def make(work: Work) -> Result:
    """In a worker."""
    language = work.params["language"]
    with translation.override(language):
        found = report(ALL)
        if found.outcomes is None:
            raise RuleViolation("nothing_published", NOTHING)
        work.progress(1, PARTS)
        told = stories(Audience.PUBLIC, language)[:STORIES]
        pictures = pictures_of(told)
        work.progress(2, PARTS)
        html = documents.with_pictures(html_of(found, told, set(pictures)))
        work.progress(3, PARTS)
        work.output.write(pdf_of(html, pictures))
        work.progress(4, PARTS)
        years = impact.years_text(day.year for day in found.outcomes.departures)
        name = f"annual-report-{years.replace(' ', '-')}-{language}.pdf"
    record_uses(told, name, by=work.by)
    work.progress(PARTS, PARTS)
    return Result(name, "application/pdf")


def html_of(found: Report, told: Sequence[Told], pictures: set[str]) -> str:
    """In the active language. The report must have outcomes. pictures: codes of the stories with one to print."""
    outcomes = found.outcomes
    if outcomes is None:
        raise LookupError("nothing published")
    cities = sorted(PartnerCity.objects.filter(code__in=outcomes.cities), key=lambda city: city.name)
    start_at = home()
    names = ", ".join(f"{city.name} ({city.country})" for city in cities)
    world = world_map.draw(
        start_at,
        [place_of(city) for city in cities],
        title=_("Where students went"),
        description=_("Lines on a world map from %(home)s to: %(cities)s.") % {"home": start_at.label, "cities": names},
        for_print=True,
    )
    context: dict[str, Any] = {
        "title": impact.title_of(outcomes),
        "years": impact.years_text(day.year for day in outcomes.departures),
        "report": found,
        "page": page_of(found, for_print=True),
        "figures": impact.figures_of(outcomes),
        "map": world,
        "stays": [
            {"name": city.name, "country": city.country, "years": impact.years_text(outcomes.years[city.code])}
            for city in cities
        ],
        "by_year": by_year(found),
        "stories": [{"told": each, "has_picture": each.code in pictures} for each in told],
        "money": money_of(found),
        "measures": open_data.MEASURES,
        "office": office(),
        "site": settings.SITE_URL,
    }
    return for_print("travel/outcomes/annual_report.html", context)


def by_year(found: Report) -> dict[str, Any]:
    """A table: each figure, cycle by cycle, oldest first, as it was published of that cycle alone."""
    cycles = list(reversed(found.cycles))
    shares = {cycle.code: cycle_shares(cycle.code, found.told) for cycle in cycles}
    rows = [[_("Students who traveled"), *(str(shares[cycle.code][Mark.ABROAD].of) for cycle in cycles)]]
    for mark in Mark:
        cells = []
        for cycle in cycles:
            share = shares[cycle.code][mark]
            if share.count is None or not share.of:
                cells.append(count_text(None))
                continue
            words = share_words(share.count, share.of)
            cells.append(words.in_full + f" ({count_text(share.count)})")
        rows.append([mark_name(mark), *cells])
    return {"head": [_("Figure"), *(cycle.name for cycle in cycles)], "rows": rows}


def money_of(found: Report) -> Money | None:
    """Costs of the trips of the report's cycles, by payer, as the director's page adds them up; None without any."""
    if found.outcomes is None:
        return None
    trips = {trip.code for trip in found.trips if trip.cycle in found.outcomes.cycles}
    bills = [
        (payer_text(row.fund), _dollars(row.planned), _dollars(row.actual) if row.is_whole else None)
        for row in now.money()
        if row.trip in trips
    ]
    if not bills:
        return None
    payers: dict[str, list[tuple[Decimal, Decimal | None]]] = {}
    for payer, planned, actual in bills:
        payers.setdefault(payer, []).append((planned, actual))
    total = _cost(_("Total"), [each for of in payers.values() for each in of])
    spent = total.planned if total.actual is None else total.actual
    students = found.outcomes.travelers
    return Money(
        by_payer=[_cost(name, of) for name, of in sorted(payers.items())],
        total=total,
        each=(spent / students).quantize(Decimal(1)) if students else None,
    )


def _dollars(cents: int) -> Decimal:
    return Decimal(cents) / 100


def _cost(payer: str, bills: Sequence[tuple[Decimal, Decimal | None]]) -> Cost:
    paid = [actual for _planned, actual in bills if actual is not None]
    planned = sum((planned for planned, _actual in bills), Decimal(0))
    return Cost(payer, planned, sum(paid, Decimal(0)) if len(paid) == len(bills) else None)


def pictures_of(told: Sequence[Told]) -> dict[str, bytes]:
    """The pictures that can be printed, small, by the code of their story. One that can't be read is left out."""
    found = {}
    for each in told:
        if each.photo and (content := _small(each.photo.photo)):
            found[each.code] = content
    return found


def _small(photo: Photo) -> bytes | None:
    try:
        with photo.file.open("rb") as file, Image.open(file) as image:
            image.thumbnail((PICTURE_SIDE, PICTURE_SIDE))
            output = io.BytesIO()
            image.convert("RGB").save(output, "JPEG", quality=82)
    except AwayError:
        raise  # it will be there when the job is tried again
    except (OSError, ValueError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        log.warning("picture of %s not printed: %s", photo.pk, error)
        return None
    return output.getvalue()
