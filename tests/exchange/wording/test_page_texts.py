"""The office writes its own words for pages and sentences of code: where it edits them, and where people read them."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from pypdf import PdfReader

from applications.models import Upload
from exchange.base.home import home
from exchange.models import Language, Wording
from exchange.templatetags.ui import deadline
from exchange.wording import actions, checking, letters, own, pages, places, samples, sketching
from exchange.wording.actions import Change
from exchange.wording.own import Words
from exchange.wording.pages import everything
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, UploadFactory, application_facts
from tests.factories_travel import PlacementFactory
from travel.office import work
from travel.placement.documents import placement_letter

pytestmark = pytest.mark.django_db
NAME = "home/front"
PAGE = reverse("message-text", args=NAME.split("/"))
LIST = reverse("message-texts")
TAGS = re.compile(r"{%\s*(?:blocktranslate|translate)\b")
TITLE = "Your first passport. Your first flight."


@pytest.fixture(autouse=True)
def words_are_read():
    """As a process that has just started."""
    own.forget()
    yield
    own.forget()


@pytest.fixture
def ines():
    return UserFactory(coordinator=True, full_name="Ines Vega", email="ines@example.gov")


@pytest.fixture
def office(sign_in, ines):
    return sign_in(ines)


def passage(start, name=NAME):
    """The passage of a page that begins so in English."""
    (found,) = [each for each in everything()[name].passages() if each.shipped()[0].startswith(start)]
    return found


def filled(page):
    """What a browser would send of the page as it is."""
    fields = re.findall(r'<input type="(?:hidden|text)" name="([0-9a-f]{12}_\w+)"(?: value="([^"]*)")?', page.text)
    areas = re.findall(r'<textarea name="([0-9a-f]{12}_\w+)"[^>]*>\n?(.*?)</textarea>', page.text, re.S)
    return dict(fields + areas)


def typed(which, english, spanish):
    return {f"{which.code}_en": english, f"{which.code}_es": spanish}


def write(which, english, spanish, by, seen=0):
    actions.save([Change(which, seen, (english, "", spanish, ""))], by=by)
    own.forget()


# --- A page says them ---------------------------------------------------------------------------------


def test_what_the_office_writes_is_on_the_page_at_once_in_both_languages(
    office, client, django_capture_on_commit_callbacks
):
    home = reverse("home")
    assert TITLE in client.get(home).text  # read, and kept, with the portal's words
    data = filled(office.get(PAGE)) | typed(passage(TITLE), "See the world with us.", "Conoce el mundo.")
    with django_capture_on_commit_callbacks(execute=True):
        saved = office.post(PAGE, data, follow=True)
    assert "Saved. People read it from now on." in saved.text and "by Ines Vega" in saved.text
    english, spanish = client.get(home), client.get(home, headers={"Accept-Language": "es"})
    assert "See the world with us." in english.text and TITLE not in english.text
    assert "Conoce el mundo." in spanish.text and "See the world" not in spanish.text


def test_back_to_the_portals_own_text(office, client, ines, django_capture_on_commit_callbacks):
    write(passage(TITLE), "See the world.", "Conoce el mundo.", ines)
    assert "See the world." in client.get(reverse("home")).text
    back = reverse("message-text-back", args=[*NAME.split("/"), passage(TITLE).code])
    with django_capture_on_commit_callbacks(execute=True):
        office.post(back, {"seen": "1"})
    text = client.get(reverse("home")).text
    assert TITLE in text and "See the world." not in text


def test_a_value_of_the_page_goes_where_its_placeholder_stands(client, ines):
    sends = passage("{city} sends community college students")
    write(sends, "Go abroad from {city}.", "Sal de {city}.", ines)
    with translation.override("en"):
        assert f"Go abroad from {home().city}." in client.get(reverse("home")).text


def test_a_text_that_a_component_shows_is_written_too(client, ines):
    write(passage("The city sends", "public/cycles"), "Ours.", "Lo nuestro.", ines)
    assert '<p class="ex-page-heading__text">Ours.</p>' in client.get(reverse("applications:cycle-list")).text


def test_what_is_written_for_one_page_is_not_said_on_another(client, ines):
    here, there = passage("What you pay for", "public/cycle"), "documents/applications/apply/result_letter.html"
    write(here, "Your part", "Tu parte", ines)
    cycle = CycleFactory()
    assert "<h2>Your part</h2>" in client.get(cycle.get_absolute_url()).text
    assert not [key for key in own.current() if key[0] == there]


def test_markup_and_template_code_are_text(client, ines):
    """Past the form, too: in rows that something else has written."""
    code = "<script>alert(1)</script> {% now 'Y' %} {{ user }} \" onclick=x %s"
    write(passage(TITLE), code, code, ines)
    write(passage("No cycle is open right now"), code, code, ines)
    text = client.get(reverse("home")).text
    escaped = "&lt;script&gt;alert(1)&lt;/script&gt; {% now &#x27;Y&#x27; %} {{ user }} &quot; onclick=x %s"
    assert f'<h1 class="ex-hero__title">{escaped}</h1>' in text and f'<p class="ex-empty__title">{escaped}</p>' in text
    assert "<script>alert" not in text


def test_a_page_of_another_process_says_it_within_seconds(client, ines, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(own.time, "monotonic", lambda: now[0])
    assert TITLE in client.get(reverse("home")).text
    other = own._kept
    actions.save([Change(passage(TITLE), 0, ("See the world.", "", "Conoce el mundo.", ""))], by=ines)
    own.changed()
    own._kept = other  # as in another process, which hasn't seen it
    assert TITLE in client.get(reverse("home")).text
    now[0] += own.ASKED_EVERY + 1
    assert "See the world." in client.get(reverse("home")).text


def test_templates_of_old_words_are_not_kept(client, ines):
    [loader] = pages.Engine.get_default().template_loaders

    def kept():
        return [key for key in loader.get_template_cache if key.endswith("travel/office/home.html")]

    for number in range(3):
        write(passage(TITLE), f"Version {number}.", f"Versión {number}.", ines, seen=number)
        assert f"Version {number}." in client.get(reverse("home")).text
    assert len(kept()) == 1


def test_a_page_costs_no_query_for_its_words(client, ines):
    write(passage(TITLE), "See the world.", "Conoce el mundo.", ines)
    client.get(reverse("home"))
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("home"))
    assert [each["sql"] for each in queries if "wording" in each["sql"]] == []


# --- Where the office writes them ---------------------------------------------------------------------


def test_pages_are_listed_first_and_found_by_their_words_and_group(office):
    first = office.get(LIST).text
    assert first.index("Front page") < first.index("One cycle:")
    found = office.get(LIST, {"words": "your first flight"}).text
    assert "Front page" in found and "Talk to a person" not in found
    public = office.get(LIST, {"to": "public"}).text
    assert "Talk to a person" in public and "Front page" not in public


@pytest.mark.parametrize("name", sorted(pages.pages()))
def test_each_page_opens_with_each_of_its_texts_in_boxes_and_in_the_preview(office, name):
    page = office.get(reverse("message-text", args=name.split("/")))
    assert page.status_code == 200
    boxes = filled(page)
    assert {each.code for each in everything()[name].passages()} == {key[:12] for key in boxes}
    assert "Send me the English version" not in page.text  # a page isn't sent


def test_a_broken_placeholder_is_named_and_nothing_is_lost(office):
    sends = passage("{city} sends community college students")
    for text, said in (
        ("Go from {town}.", "{town} isn’t a placeholder of this text. You can use {city}."),
        ("Go from {{city}}.", "A brace stands by itself."),
        ("{% load i18n %}", "A brace stands by itself."),
    ):
        page = office.post(PAGE, filled(office.get(PAGE)) | typed(sends, text, "Sal de tu ciudad."))
        assert said in page.text and "Sal de tu ciudad." in page.text and not Wording.objects.exists()


def test_a_placeholder_that_people_need_has_to_stay(office):
    address = reverse("message-text", args=["public", "interest"])
    opens = passage("Applications for {cycle} open {when}.", "public/interest")
    page = office.post(address, filled(office.get(address)) | typed(opens, "Soon.", "Pronto."))
    assert page.text.count("Put {when} back") >= 2 and not Wording.objects.exists()


def test_the_preview_shows_what_is_typed_where_it_stands_and_as_text(office):
    data = filled(office.get(PAGE)) | typed(passage(TITLE), "<img src=x onerror=alert(1)>", "Conoce el mundo.")
    for page in (office.post(PAGE, data | {"preview": "yes"}), office.post(PAGE, data, headers={"HX-Request": "true"})):
        heading = 'ex-sketch__heading--1"><span class="ex-sketch__ours">'
        assert f"{heading}&lt;img src=x onerror=alert(1)&gt;</span>" in page.text
        assert f"{heading}Conoce el mundo.</span>" in page.text and "<img src=x" not in page.text
    assert not Wording.objects.exists()


def test_the_second_of_two_people_sees_both_and_loses_nothing(office, ines):
    first = filled(office.get(PAGE)) | typed(passage(TITLE), "Mine.", "La mía.")
    write(passage(TITLE), "Theirs.", "La de ellos.", UserFactory(coordinator=True, full_name="Omar Haddad"))
    page = office.post(PAGE, first)
    assert "Omar Haddad saved this meanwhile:" in page.text
    for text in ("Mine.", "La mía.", "Theirs.", "La de ellos."):
        assert text in page.text
    assert "Saved." in office.post(PAGE, filled(page), follow=True).text
    assert [row.en for row in Wording.objects.order_by("number")] == ["Theirs.", "Mine."]


def test_an_update_never_replaces_an_edit_and_its_difference_is_shown(office, client, ines):
    write(passage(TITLE), "Ours.", "Lo nuestro.", ines)
    row = Wording.objects.get()
    old = {field.attname: getattr(row, field.attname) for field in Wording._meta.fields}
    was = "Your very first passport. Your first flight. With help from your city."
    changed = {"id": None, "number": 2, "source": was, "shipped_en": was, "siblings": []}
    Wording.objects.create(**old | changed)  # as after an update that changed the portal's text
    own.forget()
    assert "Ours." in client.get(reverse("home")).text
    assert "portal’s text changed" in office.get(LIST, {"state": "look"}).text
    history = office.get(reverse("message-text-history", args=[*NAME.split("/"), passage(TITLE).code]))
    assert re.search(r"<del>[^<]*very", history.text)


def test_spanish_older_than_its_english_is_flagged_until_it_is_looked_at(office):
    spanish = passage(TITLE).shipped()[2]
    office.post(PAGE, filled(office.get(PAGE)) | typed(passage(TITLE), "New English.", spanish))
    assert "Spanish is older" in office.get(LIST, {"state": "look"}).text
    office.post(PAGE, filled(office.get(PAGE)) | {f"{passage(TITLE).code}_fits": "on"})
    assert "No text matches" in office.get(LIST, {"state": "look"}).text


@pytest.mark.parametrize("role", ["advisor", "director", None])
def test_only_the_office_sees_and_writes_them(sign_in, role):
    client = sign_in(UserFactory(**({role: CollegeFactory() if role == "advisor" else True} if role else {})))
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, typed(passage(TITLE), "Mine.", "La mía.")).status_code == 403
    assert not Wording.objects.exists()


# --- What the templates are made of --------------------------------------------------------------------


@pytest.mark.parametrize("template", sorted(places.templates()))
def test_every_text_of_a_listed_template_can_be_written(template):
    """But for those with markup of their own and those of a variable."""
    text = (Path(settings.BASE_DIR) / "templates" / template).read_text()
    page = next(each for each in pages.pages().values() if template in each.place.templates)
    nodes = pages.parsed(template).nodelist.get_nodes_by_type((pages.Sentence, pages.Paragraph))
    assert len(nodes) == len(TAGS.findall(text))
    kept_back = {node.key for node in nodes} - {each.key for each in page.of_templates[template]}
    assert not [key for key in kept_back if key is None or not re.search("[<>&]", key[2])]


def test_every_listed_module_has_its_sentences():
    for page in pages.pages().values():
        assert page.passages(), page.name


@pytest.mark.parametrize("language", Language.values)
@pytest.mark.parametrize("name", sorted(pages.pages()))
def test_a_sketch_shows_each_text_and_nothing_that_acts(name, language):
    page = pages.pages()[name]
    drawn = sketching.sketch(page, lambda each: Words(*each.shipped()), language)
    shown = " ".join((drawn.html, *drawn.unseen))
    for each in page.passages():
        words = Words(*each.shipped()).text(language, samples.COUNT)
        for piece in re.split(r"\{\w+\}", words):
            assert piece.strip() in shown
    assert not re.search(r"<(?!/?(?:p|ul|ol|li|dl|dt|dd|div|section|strong|em|blockquote|span|br)\b)", drawn.html)
    assert not re.search(r"(?:href|src|on\w+|style|id|name)=", drawn.html)
    assert not re.search("[\ue000-\ue002]|{%|{{", shown)


def test_every_placeholder_has_a_made_up_value():
    for page in pages.pages().values():
        for each in page.passages():
            for name, expression in each.names:
                assert samples.of(name, expression), (each.place, name)


def test_the_portals_own_texts_would_be_accepted():
    for each in {each for page in pages.pages().values() for each in page.passages()}:
        one, several, one_es, several_es = each.shipped()
        assert not checking.problem(one, each, one, is_of_one=bool(each.several))
        assert not checking.problem(one_es, each, one_es, is_of_one=bool(each.several))
        assert not checking.problem(several, each, several) and not checking.problem(several_es, each, several_es)


def test_spanish_is_complete():
    for page in pages.pages().values():
        for each in page.passages():
            assert each.shipped()[2], (page.name, each.source)


# --- Sentences of code ----------------------------------------------------------------------------------


def test_what_can_i_apply_answers_is_the_offices(client, ines):
    cycle = CycleFactory()
    write(passage("This isn’t a no.", "eligibility/answers"), "Not a no: 100 % true.", "No es un no.", ines)
    cycle.rules.create(
        key="standing",
        question_key="standing",
        operator="is_true",
        value=True,
        on_miss="does_not_meet",
        text_en="Good standing.",
        text_es="Vas bien.",
        ask_en="Good standing?",
        ask_es="¿Vas bien?",
    )
    address = reverse("applications:cycle-eligibility", args=[cycle.code])
    assert "Not a no: 100 % true." in client.post(address, {"standing": ""}).text


def test_a_sentence_with_values_says_them_where_the_office_put_them(client, ines):
    closes = passage("Applications close {when}.", "public/dates")
    write(closes, "{when} is 100 % the last day.", "{when} es el último día.", ines)
    cycle = CycleFactory()
    english = client.get(cycle.get_absolute_url()).text
    assert f"{deadline(cycle.closes_at)} is 100 % the last day." in english


def test_a_reason_says_the_new_words_everywhere_also_of_what_was_recorded_before(office, ines):
    old = UploadFactory(refused=True)
    write(passage("We couldn’t open it.", "reasons/file"), "Our computer can’t read it.", "No se puede leer.", ines)
    for language, words in (("en", "Our computer can’t read it."), ("es", "No se puede leer.")):
        with translation.override(language):
            assert old.get_refused_because_display() == words
            assert dict(old.Refusal.choices)["unreadable"] == words
    with translation.override(None):  # as in a migration
        assert old.Refusal.UNREADABLE.label == "We couldn’t open it."


def test_a_reason_to_withdraw_is_asked_in_the_offices_words(office, ines):
    write(passage("their plans changed", "reasons/withdrawn"), "<b>new plans</b>", "nuevos planes", ines)
    application_facts()
    application = ApplicationFactory(submitted=True)
    page = office.get(reverse("applications:application-withdraw-for", args=[application.code])).text
    assert "&lt;b&gt;new plans&lt;/b&gt;</option>" in page and "their plans changed" not in page


def test_a_students_next_step_is_the_offices(sign_in, ines):
    write(
        passage("Applications close {deadline}. You haven’t", "home/next_step"),
        "Until {deadline}!",
        "¡{deadline}!",
        ines,
    )
    application = ApplicationFactory()
    page = sign_in(application.student).get(reverse("travel:journey")).text
    assert f"Until {deadline(application.cycle.closes_at)}!" in page


def test_a_sentence_that_counts_has_both_forms(ines):
    duty = passage("{count} application to read", "home/duties")
    actions.save([Change(duty, 0, ("One to read", "{count} to read", "Una", "{count} por leer"))], by=ines)
    own.forget()
    said = work.ngettext("%(count)s application to read", "%(count)s applications to read", 1)
    several = work.ngettext("%(count)s application to read", "%(count)s applications to read", 3)
    assert (said % {"count": 1}, several % {"count": 3}) == ("One to read", "3 to read")


def test_a_process_that_has_not_begun_its_work_asks_no_database(monkeypatch):
    monkeypatch.setattr(own, "_is_at_work", False)
    with CaptureQueriesContext(connection) as queries:
        assert str(Upload.Refusal.UNREADABLE.label) == "We couldn’t open it."
    assert not queries.captured_queries


# --- Letters ----------------------------------------------------------------------------------------------


def test_a_letter_says_the_offices_words(ines):
    write(passage("To whom it may concern:", "letters/placement"), "Dear reader:", "A quien lea:", ines)
    placement = PlacementFactory()
    with translation.override("en"):
        assert "<p>Dear reader:</p>" in placement_letter(placement)


@pytest.mark.parametrize("language", Language.values)
@pytest.mark.parametrize("name", sorted(name for name, page in pages.pages().items() if letters.can_be_printed(page)))
def test_a_sample_of_a_letter_has_made_up_names_and_every_value(office, name, language):
    html = letters.sample(pages.pages()[name], language)
    assert "Marisol Reyes" in html and ("inventados" in html) == (language == "es")
    text = re.sub(r"<[^>]+>", " ", html)
    assert not re.search(r" [,.;] |:\s*</|\(\)|{", text)


def test_a_sample_is_a_pdf_of_the_saved_words(office, ines):
    write(passage("Dear family:", "letters/family"), "Dear parents:", "Queridos padres:", ines)
    address = reverse("message-text-sample", args=["letters", "family", "en"])
    assert address in office.get(reverse("message-text", args=["letters", "family"])).text
    made = office.get(address)  # a worker's work is done at once in tests
    assert made["Content-Type"] == "application/pdf"
    assert "Dear parents:" in PdfReader(BytesIO(made.content)).pages[0].extract_text()


def test_the_letter_with_the_result_has_a_sample_of_each_result(office):
    page = office.get(reverse("message-text", args=["letters", "result"])).text
    address = reverse("message-text-sample", args=["letters", "result", "en"])
    for case, said in (
        ("selected", "Congratulations!"),
        ("waitlisted", "on the waitlist"),
        ("not_selected", "a spot in"),
    ):
        assert f"{address}?case={case}" in page
        made = office.get(address, {"case": case})
        assert said in PdfReader(BytesIO(made.content)).pages[0].extract_text(), case
    letter = pages.pages()["letters/result"]
    assert "apply again" in letters.sample(letter, "en", "not_selected")
    assert "Congratulations" not in letters.sample(letter, "en", "waitlisted")
    assert office.get(address, {"case": "x"}).status_code == 404


@pytest.mark.parametrize(
    "args", [["home", "front", "en"], ["letters", "letterhead", "en"], ["letters", "family", "fr"]]
)
def test_nothing_but_a_letter_has_a_sample(office, args):
    assert office.get(reverse("message-text-sample", args=args)).status_code == 404
