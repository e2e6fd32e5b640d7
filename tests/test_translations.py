"""The Spanish catalog is complete; strings missing, fuzzy or without a placeholder fail. Fix with `script/messages`."""

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from applications.base.form_defaults import DEFAULT_FORM, DEFAULT_RUBRIC, REFEREE
from applications.cycle.rule_defaults import DEFAULT_RULES
from exchange.web.how_this_works import files

ROOT = settings.BASE_DIR
CATALOG = ROOT / "locale/es/LC_MESSAGES/django.po"
SOURCES = ("applications", "exchange", "travel", "templates")
DATA = (ROOT / "travel/reference", ROOT / "travel/demo")
# Words we don't use in Spanish, each with the one we use. Names of colleges, addresses and placeholders don't count.
NOT_OUR_WORDS = {
    r"asesor(as?|es|ía)?": "consejero/a, consejería",
    r"apli(car|co|cas|ca|can|caste|có|quen?)": "enviar tu solicitud",
    r"aplicaci(ón|ones)": "solicitud; app on a phone",
    r"inválid[oa]s?": "say what is needed",
}
NAMES = re.compile(r"%\(\w+\)[sd]|\S+@\S+|Los Angeles \w+ College")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%")


def entries(path: Path) -> dict[tuple[str, str], tuple[str, list[str], bool]]:
    """(context, msgid) -> (plural, translations, is fuzzy), without the header."""
    found = {}
    for block in re.split(r"\n\s*\n", path.read_text()):
        fields: dict[str, str] = {}
        key = ""
        for line in block.splitlines():
            if line.startswith("#"):
                continue
            if match := re.match(r'(msg\w+(?:\[\d\])?) (".*")$', line):
                key, text = match[1], match[2]
                fields[key] = ""
            else:
                text = line
            fields[key] += text[1:-1]
        if fields.get("msgid"):
            translated = [value for name, value in fields.items() if name.startswith("msgstr")]
            is_fuzzy = bool(re.search(r"^#,.*fuzzy", block, re.MULTILINE))
            found[fields.get("msgctxt", ""), fields["msgid"]] = (fields.get("msgid_plural", ""), translated, is_fuzzy)
    return found


@pytest.fixture(scope="module")
def in_the_code(tmp_path_factory) -> set[tuple[str, str]]:
    """Every marked string, extracted from the code."""
    copy = tmp_path_factory.mktemp("sources")
    for name in SOURCES:
        skip = shutil.ignore_patterns("__pycache__", "static", "data", "migrations")
        shutil.copytree(ROOT / name, copy / name, ignore=skip)
    shutil.rmtree(copy / "travel/demo/people")
    (copy / "locale").mkdir()
    command = [sys.executable, "-m", "django", "makemessages", "--locale", "es", "--no-wrap", "--no-location"]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"}, check=False)
    assert done.returncode == 0, done.stderr
    return set(entries(copy / "locale/es/LC_MESSAGES/django.po"))


def test_every_string_is_in_the_catalog(in_the_code):
    assert sorted(in_the_code - set(entries(CATALOG))) == []


def test_catalog_has_no_string_that_is_gone(in_the_code):
    assert sorted(set(entries(CATALOG)) - in_the_code) == []


def test_every_string_has_its_spanish():
    missing = [key for key, (_, translated, _) in entries(CATALOG).items() if not all(translated)]
    assert missing == []


def test_nothing_is_fuzzy():
    assert [key for key, (_, _, is_fuzzy) in entries(CATALOG).items() if is_fuzzy] == []


def test_placeholders_survive():
    lost = []
    for (_, text), (plural, translated, _) in entries(CATALOG).items():
        wanted = set(PLACEHOLDER.findall(text)) | set(PLACEHOLDER.findall(plural))
        for one in translated:
            if not set(PLACEHOLDER.findall(one)) <= wanted or (not plural and set(PLACEHOLDER.findall(one)) != wanted):
                lost.append((text, one))
    assert lost == []


def spanish_in(rows: object, key: str = "") -> Iterator[str]:
    """Every bilingual text of data: `title_es`, `es`, or the second of a pair of levels."""
    if isinstance(rows, str):
        if key == "es" or key.endswith("_es"):
            yield rows
    elif isinstance(rows, dict):
        for name, value in rows.items():
            yield from spanish_in(value, name)
    elif isinstance(rows, tuple) and key == "levels":
        yield rows[1]
    elif isinstance(rows, list | tuple):
        for value in rows:
            yield from spanish_in(value, key)


def test_words_that_are_not_our_spanish():
    texts = [one for _, translated, _ in entries(CATALOG).values() for one in translated]
    texts += spanish_in([DEFAULT_FORM, DEFAULT_RULES, DEFAULT_RUBRIC, REFEREE])
    for folder in DATA:
        for path in sorted(folder.glob("*.toml")):
            texts += spanish_in(tomllib.loads(path.read_text()))
    for path in files():
        texts += spanish_in(tomllib.loads(path.read_text()))

    found = [
        (word, text)
        for text in texts
        for word in NOT_OUR_WORDS
        if re.search(rf"\b{word}\b", NAMES.sub("", text), re.IGNORECASE)
    ]

    assert found == []


# --- Staff are usted --------------------------------------------------------------------------------

FAMILIAR = re.compile(
    r"\b(tú|tus?|ti|te|contigo|tuy[oa]s?|puedes|quieres|tienes|necesitas|debes|eres|estás|podrás|verás)\b"
    r"|\bPrimero (abre|di|elige|escribe|haz|mira|pon)\b"
    r"|(?:^|[.:;] )(Elige|Escribe|Di|Mira|Haz|Pon|Agrega|Guarda|Revisa|Marca|Quita|Usa|Vuelve|Llama|Deja|Cambia)\b",
    re.IGNORECASE,
)
STAFF_MODULES = {
    "travel/office/home/advisor_work.py",
    "travel/office/home/duties.py",
    "applications/cycle/readiness.py",
    "applications/selection/forms/selection.py",
    "applications/endorse/forms/endorsement.py",
    "applications/endorse/forms/enrollment.py",
    "applications/interview/forms.py",
    "applications/reading/forms/conflict.py",
    "applications/reading/forms/readers.py",
    "applications/reading/views/assigning.py",
    "applications/reading/views/readers.py",
    "applications/release/forms.py",
    "applications/release/views/release.py",
    "applications/selection/forms/committee.py",
    "applications/selection/forms/lottery.py",
    "applications/selection/views/committee.py",
    "applications/selection/views/selection.py",
    "applications/models/interview.py",
    "applications/models/lottery.py",
    "applications/models/selection.py",
}
STAFF_EMAILS = {
    str(path.relative_to(ROOT))
    for path in (ROOT / "templates/emails").rglob("*.txt")
    if re.search(r'extends "emails/to_(staff|guest|referee)', path.read_text())
}
# What an advisor says to the student on the phone, and pages of the demo, which anybody may visit.
SAID_TO_STUDENTS = ("You have an offer.", "The last day to answer has passed.", "Is something getting in the way")
ANYBODYS_PAGES = ("templates/exchange/people/demo", "templates/exchange/people/outbox")


def test_staff_pages_say_usted():
    """A template is for staff if its body class says so; a string counts unless a page for students has it, too."""
    staff = (
        {
            str(path.relative_to(ROOT))
            for path in (ROOT / "templates").rglob("*.html")
            if "{% block body_class %}staff" in path.read_text()
        }
        | STAFF_MODULES
        | STAFF_EMAILS
    )
    familiar = []
    for block in re.split(r"\n\s*\n", CATALOG.read_text()):
        places = " ".join(re.findall(r"^#: (.*)$", block, re.MULTILINE)).split()
        if not places or not staff.issuperset(places) or places[0].startswith(ANYBODYS_PAGES):
            continue
        # a long message begins in the line after its name
        said = block.partition("\nmsgstr")[0]
        text = "".join(re.findall(r'^(?:msgid )?"(.*)"$', said, re.MULTILINE))
        said = re.findall(r'^msgstr(?:\[\d\])? "(.*)"$', block, re.MULTILINE)
        if not text.startswith(SAID_TO_STUDENTS) and any(FAMILIAR.search(one) for one in said):
            familiar.append(said)
    explained = [text for path in files() for row in tomllib.loads(path.read_text())["page"] for text in row["es"]]
    familiar += [[text] for text in explained if FAMILIAR.search(text)]
    assert len(staff) > 100 and familiar == []


# --- One o'clock is singular in Spanish ------------------------------------------------------------------

ARTICLE = re.compile(
    r"\b[Ll]as? %\((?:\w*_)?(?:time|first|last|landing|leaving|land|leave|hour|starts?|ends?|until)\)s"
)
# The only two that set an article before a time: `ui.the_time` chooses among them.
ARTICLES = {"from one to two o’clock": "la %(time)s", "another time of day": "las %(time)s"}


def test_no_spanish_sentence_sets_an_article_before_a_time_itself():
    found = {
        context: one for (context, _), (_, told, _) in entries(CATALOG).items() for one in told if ARTICLE.search(one)
    }
    texts = [*spanish_in([tomllib.loads(path.read_text()) for folder in DATA for path in folder.rglob("*.toml")])]
    assert found == ARTICLES
    assert [text for text in texts if re.search(r"\blas? \{\{? ?\w*(?:time|hora)\b", text)] == []


def test_what_a_sentence_calls_the_time_has_the_article_in_spanish():
    """`%(the_time)s` comes from `ui.the_time` everywhere: a bare "a 2:05 pm" is no Spanish."""
    code = [path.read_text() for name in SOURCES for path in (ROOT / name).rglob("*.py")]
    pages = [path.read_text() for path in (ROOT / "templates").rglob("*.*")]
    given = [one for text in code for one in re.findall(r'"the_(?:time|first|last|landing|leaving)": (\w+)', text)]
    filled = [one for text in pages for one in re.findall(r"\bthe_(?:time|first|last)=\S+", text)]
    assert len(given) > 10 and set(given) == {"the_time"}
    assert len(filled) > 20 and [one for one in filled if not one.endswith("|the_time")] == []
