"""Phrases that must not come back, in English and in Spanish; `docs/words.md` says how to put it instead.

They hold for every text that a person reads: on pages, in messages, in PDFs, in reference data and in the demo's own
texts. Students' essays are theirs.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.conf import settings

from applications.base.form_defaults import DEFAULT_FORM, DEFAULT_RUBRIC, REFEREE
from applications.cycle.rule_defaults import DEFAULT_RULES
from exchange.web.how_this_works import files
from tests.reading_level import of_rows
from tests.test_translations import CATALOG, DATA

ROOT = settings.BASE_DIR
# Data in one language without its suffix: tables and fields whose texts are English, or Spanish.
IN_ENGLISH = {
    "travel/demo/partners.toml": ("note", "title", "what"),
    "travel/demo/remarks.toml": ("comment", "decision", "endorsement", "feedback", "quote", "withdrawal"),
    "travel/demo/samples.toml": ("note",),
}
IN_SPANISH = {"travel/demo/remarks.toml": ("feedback_es",)}

# What must not be said, as a regular expression, and what is said instead.
ENGLISH = {
    r"\bbring what you see back\b": "bring what you learn home",
    r"\bwho has the link\b": "anyone who has the link",
    r"\bGo on (writing|with another phone)\b": "Continue; Continue on another phone",
    r"\bcan you talk with people in\b": "can you hold a conversation in",
    r"\bunits do you take this term\b": "units are you taking this term",
    r"\bGood that you are here\b": "We’re glad you’re here",
    r"\bMaybe say thank you\b": "You may want to thank them",
    r"\bwhat you must (do|bring)\b": "what you need to",
    r"\bfits? its wait\b": "we’ll adjust your dates to its wait",
    r"\bpays of your\b": "covers … up to",
    r"\bLater\b(?=[»›>])": "Next",
    r"\bYour letter of recommendation is here\b": "We got your recommendation letter",
    r"\byou have (a|one) step due\b": "you have something due",
    r"\bWe have your time\. We meet on\b": "Your interview is booked",
    r"\bWhom you meet, and when, stands here\b": "See who’s booked, and when",
    r"\bYou owe nothing\b": "You don’t need to do anything",
    r"\bWas (it|that) not you\b": "If you didn’t do this",
    r"\bwe stop writing to you\b": "we’ll stop writing to you",
    r"\bWe tell you by\b": "You’ll hear from us by",
    r"\bWe missed you\b.*\bgo on\b": "See what to do now",
    r"\bstudents of Los Angeles\b": "Los Angeles students",
    r"\bAn address you keep is better\b": "Use an address you’ll still have",
    r"\b[Ff]ace, finger or\b": "face, fingerprint or screen lock",
    r"\bnowhere to go\b": "say what they are",
    r"^Leave it$": "Cancel; Keep it",
    r"\bRates of your phone plan apply\b": "Message and data rates may apply",
    r"\b(any more|anymore)\b(?! \w+s\b)": "no longer",
    r"\bWhoever\b": "anyone who",
    r"\b(is|are|was) owed\b|\bowes?\b": "due",
    r"\bmend(ed|s|ing)?\b": "fix",
    r"\b[Gg]o(es)? on\b(?! (the|this) trip)": "continue, pick up where you left off",
    r"\b(?<!%\()[Bb]eg[aiu]n\b": "start",
    r"\b[Tt]here is nothing (for you )?to do\b": "You don’t need to do anything",
    r"\b[Nn]obody\b": "no one; or say who does",
    r"\b[Ss]omebody\b": "someone",
    r"\b(took|take|taken) back\b": "withdrew, withdraw",
    r"\bcalled off\b": "canceled",
    r"\bwaiting list\b": "waitlist",
    r"\bseat\b": "spot",
    r"\bput aside\b": "no longer counts",
    r"\bYou (hear from|get no)\b": "You’ll",
    r"\b[Nn]eed (no|nothing)\b": "don’t need",
    r"\b[Dd]o not\b(?! travel$)|\b(can|could|did|does|will|is|are|has|have)(not| not)\b": "a contraction",
    r"(^|[.:;] )(It is|We are|You are|There is)\b": "a contraction",
    r"\bHelp to (hear|see)\b": "Hearing support, Vision support",
    r"\bWays for a wheelchair\b": "Wheelchair access",
    r"\bNothing from animals\b": "Vegan",
    r"\bSomething tells who\b": "Does something give away who wrote this?",
    r"\bSay it to the readers\b": "Post to the readers",
    r"\bWord of the college\b": "The college’s decision",
    r"\bWho comes through\b": "Who applied and who was chosen",
    r"\bbehind the first plan\b": "behind schedule",
    r"\bslipped through\b": "missed",
    r"\blook up again\b": "check",
    r"\bstays between you\b": "Your conversation stays private",
    r"\bto the counter\b": "at the counter",
    r"\bnobody ever wrote\b": "was never registered",
    r"\breaders chose you from all\b": "Readers chose you from applicants at all the colleges",
    r"\bwith one next step\b": "one step at a time",
    r"\bThat’s right, never\b": "No, never",
    r"\bis turned away\b": "they can’t take your application",
    r"\bnot run out\b": "not expired",
    r"\bTick what\b": "Check off what",
    r"\b[Tt]ake in a\b|\btook the list in\b": "import",
    r"\bstands at the head\b": "appears at the top",
    r"\bwhere it was taken\b|\bmake it light\b": "its location; reduce its size",
    r"\bpass on the link\b": "give them the link",
    r"\bupdate leaves alone\b": "Updates don’t touch",
    r"\bWords in it\b": "Contains",
    r"\bWe don’t know this\b": "We can’t find this",
    r"^Found for\b": "Results for",
    r"\bApplication of\b|\bstudents? of (yours|your college)\b": "an ’s, or “at your college”",
}
SPANISH = {
    r"\bLeen su carta\b": "Su carta la leerán",
    r"\bUna cama cada noche\b": "Hospedaje",
    r"\bEl camino al aeropuerto\b": "El transporte al aeropuerto",
    r"\bal gusto\b": "lo que quieras llevar",
    r"\bHazlo antes del\b": "a más tardar el",
    r"\bTal vez darle las gracias\b": "Puedes darle las gracias",
    r"\bCuestan lo que cobre tu plan\b": "Pueden aplicarse tarifas",
    r"\bPasa\. ": "A todo el mundo le pasa",
    r"\bcolegios?\b": "college: a colegio is K–12",
    r"\w/[ao]s?\b(?!\w)": "words without gender: consejería, quien, la persona",
    r"\b(el|un|otro) estudiante\b": "la persona, quien estudia",
    r"^Con oferta$": "Seleccionados",
    r"\bVea cómo se da puntaje\b": "Mira cómo se califica",
    r"\blos lectores\b": "quienes leen, el equipo de lectura",
    r"\b[Aa]plica(r|ción|ciones)\b": "presentar una solicitud; solicitud",
    r"\bantes del (…|\d)|\bantes del$": "a más tardar el",
    r"\batrasos?\b": "retraso: one word for being late",
    r"\bdejó el lugar\b|\blugar no aceptado\b|\bRenunci\w+ al lugar\b": "no aceptó el lugar",
    r"\bQuitamos dónde se tomó\b": "Quitamos la ubicación",
}


@dataclass(frozen=True)
class Text:
    place: str
    text: str


def catalog(language: str) -> Iterator[Text]:
    """Every string of code and templates, once per place."""
    name = "msgid" if language == "en" else "msgstr"
    for block in re.split(r"\n\s*\n", CATALOG.read_text()):
        places = " ".join(re.findall(r"^#: (.*)$", block, re.MULTILINE)).split()
        for found in re.finditer(rf'^{name}\w*(?:\[\d\])? ("(?:.*)"(?:\n".*")*)', block, re.MULTILINE):
            text = "".join(re.findall(r'"(.*)"$', found[1], re.MULTILINE))
            yield from (Text(place, text) for place in places if text)


def data(language: str) -> Iterator[Text]:
    """Every text of the reference files, of the demo and of the defaults of a cycle."""
    rows: dict[str, object] = {
        str(path.relative_to(ROOT)): tomllib.loads(path.read_text()) for each in DATA for path in each.glob("*.toml")
    }
    without_suffix = IN_ENGLISH if language == "en" else IN_SPANISH
    for place, names in without_suffix.items():
        yield from (Text(place, text) for text in under(rows[place], names))
    rows["a cycle's defaults"] = [DEFAULT_FORM, DEFAULT_RULES, DEFAULT_RUBRIC, REFEREE]
    for place, each in rows.items():
        yield from (Text(place, text) for text in of_rows(each, language))
    for path in files():  # what each page of staff is for
        rows_of_pages = tomllib.loads(path.read_text())["page"]
        yield from (Text(str(path.relative_to(ROOT)), text) for row in rows_of_pages for text in row[language])


def under(rows: object, names: tuple[str, ...], *, is_there: bool = False) -> Iterator[str]:
    """Every text of the fields and tables with one of these names."""
    if isinstance(rows, str):
        if is_there:
            yield rows
    elif isinstance(rows, dict):
        for name, value in rows.items():
            yield from under(value, names, is_there=is_there or name in names)
    elif isinstance(rows, list):
        for value in rows:
            yield from under(value, names, is_there=is_there)


def said(phrases: dict[str, str], texts: list[Text]) -> list[tuple[str, str, str]]:
    """(where, what it says, what to say instead)"""
    return [
        (each.place, each.text, f"“{match[0]}”: {better}")
        for phrase, better in phrases.items()
        for each in texts
        if (match := re.search(phrase, re.sub(r"%\(\w+\)[sd]", "…", each.text)))
    ]


@pytest.mark.parametrize(("language", "phrases"), [("en", ENGLISH), ("es", SPANISH)])
def test_phrases_that_nothing_says(language, phrases):
    texts = [*catalog(language), *data(language)]
    assert len(texts) > 4000
    assert said(phrases, texts) == []


@pytest.mark.parametrize(
    ("phrases", "text"),
    [
        (ENGLISH, "Good that you are here. You began an application."),
        (ENGLISH, "The help has ended, and nobody can write any more."),
        (SPANISH, "Leen su carta el equipo de intercambio y consejería."),
        (SPANISH, "Pregunta a tu consejero/a."),
    ],
)
def test_a_phrase_is_found(phrases, text):
    assert said(phrases, [Text("here", text)])
