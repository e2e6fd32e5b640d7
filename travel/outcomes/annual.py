"""The annual report: a designed PDF of what was published, with stories, made by a worker in one language.

Its figures are those of the outcomes page over all years; its stories are asked when the work begins, and recorded,
so that one that is taken back later is listed for the office with the name of this file.
"""

import io
import logging
from collections.abc import Collection, Sequence
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from PIL import Image, UnidentifiedImageError

from exchange.background import jobs
from exchange.background.jobs import Result, Work
from exchange.base.errors import RuleViolation
from exchange.base.home import home
from exchange.base.office import office
from exchange.base.outage import AwayError
from exchange.files.documents import for_print, pdf_of
from exchange.models import College, Job, Language, PartnerCity, User
from travel.models import CityPicture, Sponsor
from travel.outcomes import documents, impact, now, survey
from travel.outcomes.cards import FigureCard
from travel.outcomes.following import results as studies
from travel.outcomes.measures import title_of
from travel.outcomes.population import Mark
from travel.outcomes.published import ALL, Outcomes, Report, Share, cycle_shares, report
from travel.outcomes.report import page_of
from travel.outcomes.spent import Spent, cost_cards, spent
from travel.outcomes.words import count_text, share_words
from travel.reflection.stories import Audience, Told, record_uses, stories

JOB = "travel.annual_report"
STORIES, STUDIES, FIGURES = 4, 2, 5
COVER, PICTURE_SIDE = "cover", 1600
PARTS = 5  # of the work, for its progress
NOTHING = gettext_lazy("Nothing has been published yet, so there’s nothing to report.")
log = logging.getLogger(__name__)


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
        html = documents.with_pictures(html_of(found, told, pictures))
        work.progress(3, PARTS)
        work.output.write(pdf_of(html, pictures))
        work.progress(4, PARTS)
        years = impact.years_text(day.year for day in found.outcomes.departures)
        name = f"annual-report-{years.replace(' ', '-')}-{language}.pdf"
    record_uses(told, name, by=work.by)
    work.progress(PARTS, PARTS)
    return Result(name, "application/pdf")


def html_of(found: Report, told: Sequence[Told], pictures: Collection[str]) -> str:
    """In the active language. The report must have outcomes. pictures: keys of those to print."""
    outcomes = found.outcomes
    if outcomes is None:
        raise LookupError("nothing published")
    bills, city = tuple(now.money()), home()
    money, page = spent(found, bills), page_of(found, now.Now(timezone.now(), money=bills), for_print=True)
    context: dict[str, Any] = {
        "title": impact.title_of(outcomes),
        "years": impact.years_text(day.year for day in outcomes.departures),
        "report": found,
        "page": page,
        "figures": five(page.figures, found, money),
        "cover": city.picture if COVER in pictures else None,
        "by_year": by_year(found),
        "stories": [{"told": each, "has_picture": each.code in pictures} for each in told],
        "money": money,
        "survey": next(iter(survey.results(found)), None),
        "studies": studies.results(found)[:STUDIES],
        "thanks": thanks(outcomes),
        "office": office(),
        "site": settings.SITE_URL,
    }
    return for_print("travel/outcomes/annual_report.html", context)


def five(cards: Sequence[FigureCard], found: Report, money: Spent | None) -> list[FigureCard]:
    """Shares that are shown, then what everybody knows: how many traveled, where to, and what it cost for each."""

    def known(figure: object, sentence: str, aside: str = "") -> FigureCard:
        return FigureCard(str(figure), sentence, aside=aside)

    cost = cost_cards(money)
    groups = [trip for trip in found.trips if trip.went and found.outcomes and trip.cycle in found.outcomes.cycles]
    students, cities = sum(trip.went for trip in groups), len({trip.city.code for trip in groups})
    shares = [card for card in cards if card.bar][: FIGURES - len(cost)]
    more = [
        known(students, ngettext("student left with a group", "students left with a group", students)),
        known(cities, ngettext("city welcomed them", "cities welcomed them", cities)),
        known(len(groups), ngettext("group went", "groups went", len(groups))),
    ]
    return [*shares, *more[: FIGURES - len(cost) - len(shares)], *cost]


def thanks(outcomes: Outcomes) -> dict[str, str]:
    """Whom the report thanks, by name: colleges, cities and sponsors."""
    names = {
        "colleges": College.objects.values_list("short_name", flat=True),
        "cities": [each.name for each in PartnerCity.objects.filter(code__in=outcomes.cities)],
        "sponsors": Sponsor.objects.values_list("name", flat=True),
    }
    return {kind: get_text_list(sorted(each), _("and")) for kind, each in names.items()}


def by_year(found: Report) -> dict[str, Any]:
    """A table: each figure that any cycle shows, oldest first, as it was published of that cycle alone."""
    cycles = list(reversed(found.cycles))
    shares = {cycle.code: cycle_shares(cycle.code, found.told) for cycle in cycles}
    rows = [[_("Students who traveled"), *(str(shares[cycle.code][Mark.ABROAD].of) for cycle in cycles)]]
    for mark in Mark:
        told = [shares[cycle.code][mark] for cycle in cycles]
        if any(share.count for share in told):
            rows.append([title_of(mark), *map(_in_words, told)])
    return {"head": [_("Figure"), *(cycle.name for cycle in cycles)], "rows": rows}


def _in_words(share: Share) -> str:
    if share.count is None or not share.of:
        return count_text(None)
    return f"{share_words(share.count, share.of).in_full} ({count_text(share.count)})"


def pictures_of(told: Sequence[Told]) -> dict[str, bytes]:
    """The pictures that can be printed, small, by the code of their story. One that can't be read is left out."""
    files = {each.code: str(each.photo.photo.file.name) for each in told if each.photo}
    if cover := CityPicture.objects.current().of(None).first():
        files[COVER] = str(cover.file.name)
    return {key: content for key, name in files.items() if (content := _small(name))}


def _small(name: str) -> bytes | None:
    try:
        with default_storage.open(name) as file, Image.open(file) as image:
            image.thumbnail((PICTURE_SIDE, PICTURE_SIDE))
            output = io.BytesIO()
            image.convert("RGB").save(output, "JPEG", quality=82)
    except AwayError:
        raise  # it will be there when the job is tried again
    except (OSError, ValueError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        log.warning("picture %s not printed: %s", name, error)
        return None
    return output.getvalue()
