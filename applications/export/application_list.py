"""The list of applications with all answers, for export: read here, written by `spreadsheets`.

It is read in chunks of some hundred applications, each with the same few queries, and nothing is kept between chunks.
As on the pages, it never has a referee's letter, nor an answer to a question whose condition does not hold.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import batched
from typing import Any, NamedTuple

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone, translation
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from applications.base import hidden_scores
from applications.base.answers import REFEREE_KEYS, is_asked, option_label
from applications.base.form_defaults import REFEREE
from applications.base.typed_dates import read_date
from applications.models import (
    Answer,
    Application,
    CityPreference,
    Cycle,
    Endorsement,
    Question,
    Recommendation,
    Upload,
)
from applications.selection import ranking
from applications.states import Status
from exchange.files.spreadsheets import Cell, csv_pieces, json_pieces, xlsx_pieces
from exchange.models import College, PartnerCity, User
from exchange.templatetags.ui import zone_city

CHUNK = 500  # rows: a few megabytes with all their answers
CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
# the columns of the page, without the answers
IN_SIGHT = ("name", "code", "college", "cycle", "status", "endorsement", "reads_locked", "reads_each", "submitted_at")
NARROW = "columns."  # before a form: IN_SIGHT only
CONTENT_TYPES |= {f"{NARROW}{form}": CONTENT_TYPES[form] for form in ("csv", "xlsx")}
Kind = Question.Kind
ELSEWHERE = (Kind.COLLEGE, Kind.RANKED_CITIES)  # among the fixed columns
HIDDEN = ("recommendation__letter", "recommendation__draft", "recommendation__token")


class Column(NamedTuple):
    key: str
    label: str


class Given(NamedTuple):
    """One answer. `value`: as stored; of a file question, the files' names."""

    question: Question
    value: Any


@dataclass(slots=True)
class ExportRow:
    """One application with the cities it ranked (None: rather stay home) and its answers by question key."""

    application: Application
    cities: list[PartnerCity | None] = field(default_factory=list)
    answers: dict[str, Given] = field(default_factory=dict)


class Export:
    """The export of these applications, in this order, in the language given.

    The primary keys are read at the start (100,000 take four megabytes), so that changes made meanwhile move no row
    to another chunk. `on_chunk(done, total)` is called after each chunk; an exception from it ends the export.
    Scores are left out of applications that `by` has still to read.
    """

    def __init__(
        self,
        applications: QuerySet[Application],
        language: str,
        on_chunk: Callable[[int, int], None] = lambda done, total: None,
        *,
        by: User,
    ) -> None:
        self.hidden = hidden_scores.to_read(by)
        found = list(applications.values_list("pk", "cycle_id"))
        self.pks = [pk for pk, _cycle in found]
        self.cycle_ids = {cycle for _pk, cycle in found}
        self.language, self.on_chunk = language, on_chunk

    def pieces(self, form: str) -> Iterator[bytes]:
        """The file, piece by piece. The export's language is active only while a piece is made."""
        making = self._making(form)
        while True:
            with translation.override(self.language):
                piece = next(making, None)
            if piece is None:
                return
            if piece:
                yield piece

    def _making(self, form: str) -> Iterator[bytes]:
        match form:
            case "csv":
                return csv_pieces(self._table())
            case "xlsx":
                return xlsx_pieces(self._table(), sheet=_("Applications"))
            case "json":
                about = {
                    "written_at": timezone.now(),
                    "columns": [column._asdict() for column in self.columns],
                }
                return json_pieces(about, "applications", map(self._record, self._rows()))
            case "columns.csv":
                return csv_pieces(self._narrow_table())
            case "columns.xlsx":
                return xlsx_pieces(self._narrow_table(), sheet=_("Applications"))
        raise LookupError(form)

    # --- Questions and columns ----------------------------------------------------------------------

    @cached_property
    def cycles(self) -> dict[int, Cycle]:
        return Cycle.objects.in_bulk(self.cycle_ids)

    @cached_property
    def questions(self) -> dict[int, Question]:
        """Every question that may have an answer here: the newest form's first, in the order of its pages."""
        of_cycles = Question.objects.filter(section__form__cycle__in=self.cycles).select_related("section__form")
        newest = ("-section__form__published_at", "-section__form_id", "section__order", "order", "pk")
        return {question.pk: question for question in of_cycles.order_by(*newest)}

    @cached_property
    def conditions(self) -> dict[int, list[Question]]:
        """By form: the questions that are only asked after a certain other answer."""
        found: dict[int, list[Question]] = {}
        for question in self.questions.values():
            if question.show_if_key:
                found.setdefault(question.section.form_id, []).append(question)
        return found

    @cached_property
    def colleges(self) -> dict[int, College]:
        return College.objects.in_bulk()

    @cached_property
    def cities(self) -> dict[int, PartnerCity]:
        return PartnerCity.objects.in_bulk()

    @cached_property
    def asked(self) -> list[str]:
        """Keys of the questions that have a column: from every published form of these cycles."""
        published = [question for question in self.questions.values() if question.section.form.published_at]
        return list(dict.fromkeys(question.key for question in published if question.kind not in ELSEWHERE))

    @cached_property
    def columns(self) -> list[Column]:
        columns = [Column(key, label) for key, label in fixed_labels().items()]
        referee = [Question(**row) for row in REFEREE]
        columns += [Column(question.key, f"{_('Recommender')}: {question.label}") for question in referee]
        newest: dict[str, Question] = {}
        for question in self.questions.values():
            newest.setdefault(question.key, question)
        columns += [Column(key, str(newest[key].label)) for key in self.asked]
        labels = [column.label for column in columns]
        # two columns with the same label get their keys beside it
        return [
            column if labels.count(column.label) == 1 else column._replace(label=f"{column.label} ({column.key})")
            for column in columns
        ]

    # --- The rows -----------------------------------------------------------------------------------

    def _table(self) -> Iterator[list[Cell]]:
        yield [column.label for column in self.columns]
        for row in self._rows():
            yield self._cells(row)

    def _narrow_table(self) -> Iterator[list[Cell]]:
        labels = fixed_labels()
        yield [labels[key] for key in IN_SIGHT]
        for row in self._rows():
            facts = self._said(row)
            yield [facts[key] for key in IN_SIGHT]

    def _rows(self) -> Iterator[ExportRow]:
        done, total = 0, len(self.pks)
        for chunk in batched(self.pks, CHUNK):
            yield from self._read(chunk)
            done += len(chunk)
            self.on_chunk(done, total)

    def _read(self, chunk: tuple[int, ...]) -> Iterator[ExportRow]:
        """Four queries. Applications deleted since the keys were read are left out."""
        found = Application.objects.filter(pk__in=chunk).order_by()
        people = found.select_related("student", "endorsement", "recommendation").defer(*HIDDEN)
        rows = {application.pk: ExportRow(application) for application in people}
        of_chunk: dict[str, Any] = {"application__in": chunk}
        self._put(rows, _values(Answer.objects.filter(**of_chunk)))
        self._put(rows, _file_names(Upload.objects.filter(**of_chunk)))
        cities = CityPreference.objects.filter(**of_chunk).order_by("application_id", "rank")
        for application_id, city_id in cities.values_list("application_id", "city_id"):
            if application_id in rows:
                rows[application_id].cities.append(self.cities[city_id] if city_id else None)
        for pk in chunk:
            if row := rows.get(pk):
                self._leave_out(row)
                yield row

    def _put(self, rows: Mapping[int, ExportRow], values: Iterable[tuple[int, int, Any]]) -> None:
        """Add the answers to their rows. A changed form can leave two answers under one key; the answer to the
        application's own form counts."""
        for application_id, question_id, value in values:
            row, question = rows.get(application_id), self.questions.get(question_id)
            if row is None or question is None:
                continue
            if question.key in row.answers and question.section.form_id != row.application.form_id:
                continue
            row.answers[question.key] = Given(question, value)

    def _leave_out(self, row: ExportRow) -> None:
        conditional = self.conditions.get(row.application.form_id)
        if not conditional:
            return
        values = {key: given.value for key, given in row.answers.items()}
        for question in conditional:
            if not is_asked(question, values):
                row.answers.pop(question.key, None)
                values.pop(question.key, None)  # so that questions that depend on this one are left out, too

    # --- One row ------------------------------------------------------------------------------------

    def _facts(self, row: ExportRow) -> dict[str, Any]:
        application = row.application
        cycle, is_hidden = self.cycles[application.cycle_id], application.pk in self.hidden
        return {
            "code": application.code,
            "name": application.person.full_name,
            "cycle": cycle.name,
            "status": application.status,
            "college": self.colleges[application.college_id].name if application.college_id else None,
            "answer_language": application.answer_language,
            "started_at": application.created_at,
            "saved_at": application.saved_at,
            "submitted_at": application.submitted_at,
            "withdrawn_at": application.withdrawn_at,
            "reads_locked": None if is_hidden else application.reads_locked,
            "reads_each": cycle.reads_each,
            "partly_read": "" if is_hidden else ranking.read_in_words(application, cycle),
            "score_mean": None if is_hidden else application.score_mean,
            "score_median": None if is_hidden else application.score_median,
            "score_spread": None if is_hidden else application.score_spread,
            "interview_mean": None if is_hidden else application.interview_mean,
            "endorsement": application.endorsement.result if hasattr(application, "endorsement") else None,
            "referee_state": _recommendation(application).state,
            "cities": [city.name if city else _("would rather stay home") for city in row.cities],
        }

    def _said(self, row: ExportRow) -> dict[str, Any]:
        """The facts in words."""
        facts = self._facts(row)
        for key, words in self._words.items():
            facts[key] = words.get(facts[key])
        return facts

    def _cells(self, row: ExportRow) -> list[Cell]:
        facts = self._said(row)
        facts["cities"] = "; ".join(facts["cities"])
        recommendation = _recommendation(row.application)
        cells = [*facts.values(), *(getattr(recommendation, key) for key in REFEREE_KEYS)]
        for key in self.asked:
            given = row.answers.get(key)
            cells.append(self._shown(*given) if given else None)
        return cells

    def _record(self, row: ExportRow) -> dict[str, Any]:
        recommendation = _recommendation(row.application)
        return {
            **self._facts(row),
            "referee": {key: getattr(recommendation, key) for key in REFEREE_KEYS},
            "answers": {key: row.answers[key].value for key in self.asked if key in row.answers},
        }

    @cached_property
    def _words(self) -> dict[str, dict[str, str]]:
        kinds = {"status": Status, "endorsement": Endorsement.Result, "referee_state": Recommendation.State}
        return {key: {value: str(label) for value, label in kind.choices} for key, kind in kinds.items()}

    @cached_property
    def _options(self) -> dict[tuple[int, Any], str]:
        return {}

    def _shown(self, question: Question, value: Any) -> Cell:
        """The value as its page shows it, but numbers and dates keep their types, so that a spreadsheet can calculate
        with them."""
        match question.kind:
            case Kind.YES_NO if value is not None:
                return self._option(question, "yes" if value is True else "no")
            case Kind.ONE_OF:
                return self._option(question, value)
            case Kind.SEVERAL_OF if isinstance(value, list):
                return "; ".join(self._option(question, key) for key in value)
            case Kind.FILE:
                return "; ".join(value)
            case Kind.NUMBER if isinstance(value, int) and not isinstance(value, bool):
                return value
            case Kind.DATE:
                return read_date(value) or (None if value is None else str(value))
        return None if value is None else str(value)

    def _option(self, question: Question, key: Any) -> str:
        if key is None or key == "":
            return ""
        place = (question.pk, str(key))
        if place not in self._options:
            self._options[place] = option_label(question, key)
        return self._options[place]


def fixed_labels() -> dict[str, str]:
    """Labels of the columns that every export has, by key, in order."""
    zone = _("%(city)s time") % {"city": zone_city()}
    return {
        "code": _("Code"),
        "name": _("Name"),
        "cycle": _("Cycle"),
        "status": _("Status"),
        "college": _("College"),
        "answer_language": _("Language of the answers"),
        "started_at": f"{_('Started')} ({zone})",
        "saved_at": f"{_('Last edited')} ({zone})",
        "submitted_at": f"{_('Received')} ({zone})",
        "withdrawn_at": f"{_('Withdrawn')} ({zone})",
        "reads_locked": _("Readings done"),
        "reads_each": _("Readings planned"),
        "partly_read": _("Not fully read"),
        "score_mean": _("Mean score"),
        "score_median": _("Median score"),
        "score_spread": _("Score spread"),
        "interview_mean": _("Interview score"),
        "endorsement": _("College’s decision"),
        "referee_state": _("Recommendation letter"),
        "cities": _("Cities, in order of choice"),
    }


def filename(form: str) -> str:
    return f"{_('applications')}-{timezone.localdate().isoformat()}.{form.removeprefix(NARROW)}"


def _recommendation(application: Application) -> Recommendation:
    """The application's recommendation, or an unsaved empty one if no referee is named yet."""
    return application.recommendation if hasattr(application, "recommendation") else Recommendation()


def _values(answers: QuerySet[Answer]) -> Iterator[tuple[int, int, Any]]:
    """(application, question, value). All values are parsed as one JSON text: parsing each by itself takes longer
    than the query."""
    rows = list(answers.values_list("application_id", "question_id", Cast("value", TextField())))
    values = json.loads(f"[{','.join(row[2] or 'null' for row in rows)}]")
    for row, value in zip(rows, values, strict=True):
        yield row[0], row[1], value


def _file_names(uploads: QuerySet[Upload]) -> Iterator[tuple[int, int, list[str]]]:
    names: dict[tuple[int, int], list[str]] = {}
    rows = uploads.order_by("uploaded_at", "pk").values_list("application_id", "question_id", "original_name", "state")
    for application_id, question_id, name, state in rows:
        shown = name if state == Upload.State.KEPT else f"{name} ({Upload.State(state).label})"
        names.setdefault((application_id, question_id), []).append(shown)
    for (application_id, question_id), found in names.items():
        yield application_id, question_id, found
