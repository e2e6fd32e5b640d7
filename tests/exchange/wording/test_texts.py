"""The office writes its own words: on the pages, by the actions, and in what the portal really says."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.template import Engine
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from django.utils.translation import ngettext
from pypdf import PdfReader

from exchange.base.errors import RuleViolation
from exchange.base.home import home
from exchange.messages import outbox
from exchange.models import Event, Language, Message, Wording
from exchange.templatetags.ui import deadline
from exchange.wording import actions, checking, letters, own, places, samples, texts
from exchange.wording.actions import Change
from exchange.wording.texts import units
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, UploadFactory, application_facts
from tests.factories_travel import PlacementFactory
from travel.placement.documents import placement_letter

pytestmark = pytest.mark.django_db
NAME = "applications/application_started"
PAGE = reverse("message-text", args=NAME.split("/"))
FRONT = "home/front"
LIST = reverse("message-texts")
SAVED, SUBMIT, TITLE = "We’re glad you’re here.", "Submit it by", "Your first passport. Your first flight."


@pytest.fixture(autouse=True)
def words_are_read():
    """As a process that has just started."""
    own.forget()
    yield
    own.keep_none()


@pytest.fixture
def ines():
    return UserFactory(coordinator=True, full_name="Ines Vega", email="ines@example.gov")


@pytest.fixture
def office(sign_in, ines):
    return sign_in(ines)


def passage(start, name=NAME):
    """The text of a message or page that begins so in English."""
    (found,) = [text for text in units()[name].texts if text.shipped[0].startswith(start)]
    return found


def filled(page):
    """What a browser would send of the page as it is."""
    fields = re.findall(r'<input type="(?:hidden|text)" name="([0-9a-f]{12}_\w+)"(?: value="([^"]*)")?', page.text)
    areas = re.findall(r'<textarea name="([0-9a-f]{12}_\w+)"[^>]*>\n?(.*?)</textarea>', page.text, re.S)
    return dict(fields + areas)


def typed(which, english=None, spanish=None):
    given = {f"{which.code}_en": english, f"{which.code}_es": spanish}
    return {name: text for name, text in given.items() if text is not None}


def write(text, english, spanish, by, seen=0):
    actions.save([Change(text, seen, (english, "", spanish, ""))], by=by)
    own.forget()
    own.refresh()  # as at the beginning of the next request


def newest():
    return Wording.objects.latest("pk").pk


def started(language, cycle=None):
    """What `application_started` would send to a student of this language."""
    person = UserFactory(language=language)
    cycle = cycle or CycleFactory(name_en="Spring 2027", name_es="Primavera de 2027")
    application = ApplicationFactory(student=person, cycle=cycle)
    rows = outbox.drafts(NAME, person, {"application": application})
    return next(row for row in rows if row.channel == Message.Channel.EMAIL)


# --- Writing -------------------------------------------------------------------------------------------


def test_every_message_is_listed_with_who_gets_it(office):
    listed = "".join(office.get(LIST, {"page": number}).text for number in (1, 2, 3, 4))
    links = set(re.findall(rf'href="{LIST}([a-z_/]+)"', listed))
    assert links == {f"{name}/" for name in units()}
    assert "email and text" in listed and "People without an account" in listed


def test_a_text_belongs_to_each_part_of_its_message_that_says_it():
    parts = {part: [text.shipped[0] for text in found] for part, found in units()["travel/leader_code"].parts.items()}
    code = "{code} is your code for {program}. Don’t share it with anyone."
    assert parts == {"subject": ["Your code for your trip’s pages"], "body": [code], "text": [code]}


def test_what_the_office_writes_is_sent_in_each_language(office, django_capture_on_commit_callbacks):
    data = filled(office.get(PAGE)) | typed(passage(SAVED), "You began {cycle}.\nRest a bit.", "Empezaste {cycle}.")
    with django_capture_on_commit_callbacks(execute=True):
        page = office.post(PAGE, data, follow=True)
    assert "Saved. People read it from now on." in page.text and "by Ines Vega" in page.text
    english, spanish = started("en"), started("es")
    assert "\n\nYou began Spring 2027.\nRest a bit.\n\n" in english.body
    assert "You began Spring 2027.<br>Rest a bit." in english.html
    assert "\n\nEmpezaste Primavera de 2027.\n\n" in spanish.body
    for email in (english, spanish):
        assert "glad you’re here" not in email.body and "Qué gusto" not in email.body
    row = Wording.objects.get()
    assert (row.number, row.by.full_name, row.is_spanish_older) == (1, "Ines Vega", False)
    assert Event.objects.filter(action="wording.change", by=row.by).count() == 1


def test_a_saved_page_without_a_change_writes_nothing(office):
    page = office.post(PAGE, filled(office.get(PAGE)), follow=True)
    assert "Nothing was changed." in page.text and not Wording.objects.exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("You began {ciclo}.", "{ciclo} isn’t a placeholder of this text. You can use {cycle}."),
        ("You began {{cycle}}.", "A brace stands by itself."),
        ("You began {cycle", "A brace stands by itself."),
        ("{% load i18n %}", "A brace stands by itself."),
        ("{{ application.student }}", "A brace stands by itself."),
        ("", "Write something here."),
    ],
)
def test_a_broken_placeholder_is_named_and_nothing_is_lost(office, text, said):
    data = filled(office.get(PAGE)) | typed(passage(SAVED), text, "Empezaste otra vez.")
    page = office.post(PAGE, data)
    assert said in page.text and "Empezaste otra vez." in page.text
    assert not Wording.objects.exists()
    link = f'<a href="#id_{passage(SAVED).code}_en">“{SAVED}'  # a page has many fields called English
    assert page.text.count(link) == 1 and said in page.text.partition(link)[2].partition("</a>")[0]


def test_a_placeholder_that_people_need_has_to_stay(office):
    data = filled(office.get(PAGE)) | typed(passage(SUBMIT), "Submit it soon.", "Envíala pronto.")
    page = office.post(PAGE, data)
    assert page.text.count("Put {when} back: people need it.") >= 2 and not Wording.objects.exists()


def test_a_text_that_counts_needs_its_number_for_several_only(office):
    page_of = reverse("message-text", args=["applications", "readings_moved"])
    counting = passage("{count} candidate moved", "applications/readings_moved")
    given = {"_en": "One candidate moved", "_en_several": "Some moved", "_es": "Una cambió", "_es_several": "{count}"}
    data = filled(office.get(page_of)) | {f"{counting.code}{name}": text for name, text in given.items()}
    page = office.post(page_of, data)
    assert page.text.count("Put {count} back") == 2  # in the summary and at the box
    saved = office.post(page_of, data | {f"{counting.code}_en_several": "{count} moved"}, follow=True)
    assert "Saved." in saved.text
    row = Wording.objects.get()
    assert (row.en, row.en_several, row.es_several) == ("One candidate moved", "{count} moved", "{count}")


def test_a_text_message_that_would_cost_more_is_refused(office):
    text = passage("your application is saved. Finish")
    data = filled(office.get(PAGE)) | typed(text, "{day} " + "a" * 320, "{day} " + "á" * 100)
    page = office.post(PAGE, data)
    assert "paid for, in 3 parts" in page.text and "These characters make it longer: á" in page.text
    assert not Wording.objects.exists()


def test_a_subject_that_is_too_long_is_refused(office):
    subject = passage("Your application for {cycle} is saved")
    page = office.post(PAGE, filled(office.get(PAGE)) | typed(subject, "a" * 79, "Guardada"))
    assert "the subject has 79 characters" in page.text and not Wording.objects.exists()


def test_the_preview_says_what_is_typed_with_made_up_values(office):
    data = filled(office.get(PAGE)) | typed(passage(SAVED), "You began {cycle}.", "Empezaste {cycle}.")
    whole = office.post(PAGE, data | {"preview": "yes"})
    part = office.post(PAGE, data, headers={"HX-Request": "true"})
    for page in (whole, part):
        assert "You began Spring exchange." in page.text and "Empezaste Intercambio de primavera." in page.text
    assert part.text.lstrip().startswith('<div id="preview"') and "<form" not in part.text
    assert not Wording.objects.exists()


def test_the_second_of_two_people_sees_both_and_loses_nothing(office, ines):
    first = filled(office.get(PAGE)) | typed(passage(SAVED), "Mine.", "La mía.")
    colleague = UserFactory(coordinator=True, full_name="Omar Haddad")
    write(passage(SAVED), "Theirs.", "La de ellos.", colleague)
    write(passage(SUBMIT), "By {when}, please.", "A más tardar {when}.", colleague)

    page = office.post(PAGE, first)

    assert "Someone changed this text while you were writing." in page.text
    assert "Omar Haddad saved this meanwhile:" in page.text
    for text in ("Mine.", "La mía.", "Theirs.", "La de ellos."):
        assert text in page.text
    again = filled(page)
    assert again[f"{passage(SUBMIT).code}_en"] == "By {when}, please."  # untouched by the second: the first one's stays
    assert "Saved." in office.post(PAGE, again, follow=True).text
    now = {row.source: row.en for row in Wording.objects.newest()}
    assert sorted(now.values()) == ["By {when}, please.", "Mine."]
    assert Wording.objects.filter(en="Theirs.").exists()


def test_a_page_opened_before_a_change_elsewhere_on_it_saves_only_its_own(office):
    old = filled(office.get(PAGE))
    write(passage(SUBMIT), "By {when}, please.", "A más tardar {when}.", UserFactory(coordinator=True))
    office.post(PAGE, old | typed(passage(SAVED), "Mine.", "La mía."))
    assert sorted(row.en for row in Wording.objects.newest()) == ["By {when}, please.", "Mine."]


def test_the_same_version_is_written_once(ines):
    write(passage(SAVED), "First.", "Primero.", ines)
    with pytest.raises(actions.ChangedMeanwhile):
        write(passage(SAVED), "Second.", "Segundo.", ines, seen=0)
    row = Wording.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Wording.objects.bulk_create([Wording(series=row.series, number=1, en="x", es="x", by=ines)])


def test_history_says_who_when_and_what_and_is_never_rewritten(office, ines):
    write(passage(SAVED), "First.", "Primero.", ines)
    write(passage(SAVED), "Second.", "Segundo.", UserFactory(coordinator=True, full_name="Omar Haddad"), seen=newest())
    page = office.get(reverse("message-text-history", args=[*NAME.split("/"), passage(SAVED).code]))
    for text in ("First.", "Primero.", "Second.", "Segundo.", "Ines Vega", "Omar Haddad", "We’re glad you’re here."):
        assert text in page.text
    row = Wording.objects.first()
    for change in (row.save, row.delete, Wording.objects.all().delete, lambda: Wording.objects.update(en="x")):
        with pytest.raises(TypeError):
            change()


def test_back_to_the_portals_own_text_and_on_again(office, ines, django_capture_on_commit_callbacks):
    write(passage(SAVED), "First.", "Primero.", ines)
    history = reverse("message-text-history", args=[*NAME.split("/"), passage(SAVED).code])
    first = str(newest())
    with django_capture_on_commit_callbacks(execute=True):
        page = office.post(f"{history}back/", {"seen": first}, follow=True)
    assert "Back to the portal’s own text." in page.text and "First." in page.text
    assert "We’re glad you’re here." in started("en").body
    assert "First." not in office.get(PAGE).text
    office.post(f"{history}back/", {"seen": first})  # a second press changes nothing
    assert Wording.objects.count() == 2
    write(passage(SAVED), "Third.", "Tercero.", ines, seen=newest())
    assert [row.number for row in Wording.objects.order_by("number")] == [1, 2, 3]


def test_back_to_the_portals_text_after_someone_elses_change_says_so_and_keeps_theirs(office, ines):
    write(passage(SAVED), "First.", "Primero.", ines)
    history = reverse("message-text-history", args=[*NAME.split("/"), passage(SAVED).code])
    first = newest()
    write(passage(SAVED), "Second.", "Segundo.", ines, seen=first)

    page = office.post(f"{history}back/", {"seen": str(first)}, follow=True)

    assert "Someone changed this text while you were writing." in page.text
    assert "Second." in page.text and Wording.objects.count() == 2


def test_typing_the_portals_own_text_again_is_going_back(office, ines):
    write(passage(SAVED), "First.", "Primero.", ines)
    english, _many, spanish, _several = passage(SAVED).shipped
    office.post(PAGE, filled(office.get(PAGE)) | typed(passage(SAVED), english, spanish))
    assert [row.is_shipped for row in Wording.objects.order_by("number")] == [False, True]


def test_spanish_older_than_its_english_is_flagged_until_it_is_looked_at(office):
    saved = passage(SAVED)
    spanish = saved.shipped[2]
    office.post(PAGE, filled(office.get(PAGE)) | typed(saved, "New English.", spanish))
    assert "The English changed after the Spanish was written." in office.get(PAGE).text
    assert "Spanish is older" in office.get(LIST, {"state": "look"}).text
    office.post(PAGE, filled(office.get(PAGE)) | typed(passage(SUBMIT), "By {when}!", "¡Antes del {when}!"))
    assert "Spanish is older" in office.get(LIST, {"state": "look"}).text  # something else was written
    office.post(PAGE, filled(office.get(PAGE)) | {f"{saved.code}_fits": "on"})
    assert "The English changed after" not in office.get(PAGE).text
    office.post(PAGE, filled(office.get(PAGE)) | typed(saved, "Newer English."))
    office.post(PAGE, filled(office.get(PAGE)) | typed(saved, spanish="Un español nuevo."))
    assert "The English changed after" not in office.get(PAGE).text
    assert "No text matches" in office.get(LIST, {"state": "look"}).text


@pytest.mark.parametrize("role", ["advisor", "director", None])
def test_only_the_office_sees_and_writes_them(sign_in, role):
    client = sign_in(UserFactory(**({role: CollegeFactory() if role == "advisor" else True} if role else {})))
    history = reverse("message-text-history", args=[*NAME.split("/"), passage(SAVED).code])
    for address in (LIST, PAGE, history):
        assert client.get(address).status_code == 403
    assert client.post(PAGE, typed(passage(SAVED), "Mine.", "La mía.")).status_code == 403
    assert client.post(f"{history}back/", {"seen": "0"}).status_code == 403
    assert not Wording.objects.exists()


def test_an_address_that_is_no_message_is_not_found(office):
    assert office.get(reverse("message-text", args=["applications", "nothing"])).status_code == 404
    assert office.get(reverse("message-text-history", args=[*NAME.split("/"), "abc"])).status_code == 404


def test_messages_cost_no_query_however_many(ines):
    student, application = UserFactory(), ApplicationFactory()
    write(passage(SAVED), "Ours {cycle}.", "Lo nuestro {cycle}.", ines)
    own.forget()
    outbox.drafts(NAME, student, {"application": application})
    with CaptureQueriesContext(connection) as queries:
        for _number in range(20):
            outbox.drafts(NAME, student, {"application": application})
    assert [each["sql"] for each in queries if "wording" in each["sql"]] == []


@pytest.mark.parametrize("address", [LIST, PAGE])
def test_the_pages_cost_the_same_with_many_texts(office, ines, address):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            office.get(address)
        return len(queries)

    cost()
    write(passage(SAVED), "Ours.", "Lo nuestro.", ines)
    few = cost()
    for unit in list(units().values())[:30]:
        for each in unit.texts:
            if each != passage(SAVED) and not (
                each.several or each.names or Wording.objects.filter(source=each.source)
            ):
                write(each, "Ours.", "Lo nuestro.", ines)
    assert cost() == few <= 10


# --- Pages, letters and sentences of code ----------------------------------------------------------------


def test_what_the_office_writes_is_on_the_page_at_once_in_both_languages(
    office, client, django_capture_on_commit_callbacks
):
    home, front = reverse("home"), reverse("message-text", args=FRONT.split("/"))
    assert TITLE in client.get(home).text  # read, and kept, with the portal's words
    data = filled(office.get(front)) | typed(passage(TITLE, FRONT), "See the world with us.", "Conoce el mundo.")
    with django_capture_on_commit_callbacks(execute=True):
        saved = office.post(front, data, follow=True)
    assert "Saved. People read it from now on." in saved.text and "by Ines Vega" in saved.text
    english, spanish = client.get(home), client.get(home, headers={"Accept-Language": "es"})
    assert "See the world with us." in english.text and TITLE not in english.text
    assert "Conoce el mundo." in spanish.text and "See the world" not in spanish.text


def test_a_value_of_the_page_goes_where_its_placeholder_stands(client, ines):
    sends = passage("{city} sends community college students", FRONT)
    write(sends, "Go abroad from {city}.", "Sal de {city}.", ines)
    with translation.override("en"):
        assert f"Go abroad from {home().city}." in client.get(reverse("home")).text


def test_a_text_that_a_component_shows_is_written_too(client, ines):
    write(passage("The city sends", "public/cycles"), "Ours.", "Lo nuestro.", ines)
    assert '<p class="ex-page-heading__text">Ours.</p>' in client.get(reverse("applications:cycle-list")).text


def test_a_page_of_another_process_says_it_within_seconds(client, ines, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(own.time, "monotonic", lambda: now[0])
    assert TITLE in client.get(reverse("home")).text
    actions.save([Change(passage(TITLE, FRONT), 0, ("See the world.", "", "Conoce el mundo.", ""))], by=ines)
    own.cache.set(own.MARK, "another")  # as another process does after its commit
    assert TITLE in client.get(reverse("home")).text
    now[0] += own.ASKED_EVERY + 1
    assert "See the world." in client.get(reverse("home")).text


def test_templates_of_old_words_are_not_kept(client, ines):
    [loader] = Engine.get_default().template_loaders

    def kept():
        return [key for key in loader.get_template_cache if key.endswith("travel/office/home.html")]

    for number in range(3):
        write(passage(TITLE, FRONT), f"Version {number}.", f"Versión {number}.", ines, seen=newest() if number else 0)
        assert f"Version {number}." in client.get(reverse("home")).text
    assert len(kept()) == 1


def test_a_page_costs_no_query_for_its_words(client, ines):
    write(passage(TITLE, FRONT), "See the world.", "Conoce el mundo.", ines)
    client.get(reverse("home"))
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("home"))
    assert [each["sql"] for each in queries if "wording" in each["sql"]] == []


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


def test_a_letter_says_the_offices_words(ines):
    write(passage("To whom it may concern:", "letters/placement"), "Dear reader:", "A quien lea:", ines)
    placement = PlacementFactory()
    with translation.override("en"):
        assert "<p>Dear reader:</p>" in placement_letter(placement)


@pytest.mark.parametrize("language", Language.values)
@pytest.mark.parametrize("name", sorted(name for name, unit in units().items() if letters.can_be_printed(unit)))
def test_a_sample_of_a_letter_has_made_up_names_and_every_value(office, name, language):
    html = letters.sample(units()[name], language)
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
    letter = units()["letters/result"]
    assert "apply again" in letters.sample(letter, "en", "not_selected")
    assert "Congratulations" not in letters.sample(letter, "en", "waitlisted")
    assert office.get(address, {"case": "x"}).status_code == 404


@pytest.mark.parametrize(
    "args", [["home", "front", "en"], ["letters", "letterhead", "en"], ["letters", "family", "fr"]]
)
def test_nothing_but_a_letter_has_a_sample(office, args):
    assert office.get(reverse("message-text-sample", args=args)).status_code == 404


# --- An override of the catalog ---------------------------------------------------------------------------


def test_a_text_is_said_wherever_the_portal_says_it(office, ines):
    reason = passage("their plans changed", "reasons/withdrawn")
    write(reason, "other plans", "otros planes", ines)
    application_facts()
    application = ApplicationFactory(submitted=True)
    page = office.get(reverse("applications:application-withdraw-for", args=[application.code])).text
    assert "other plans</option>" in page and "their plans changed" not in page
    shared = next(unit for unit in units().values() if any(len(text.files) > 1 for text in unit.texts))
    assert "other place" in office.get(reverse("message-text", args=[shared.app, shared.event])).text


def test_a_text_that_counts_says_both_forms_in_both_languages(ines):
    duty = passage("{count} application to read", "home/duties")
    actions.save([Change(duty, 0, ("One to read", "{count} to read", "Una", "{count} por leer"))], by=ines)
    own.forget()
    own.refresh()
    for language, one, several in (("en", "One to read", "3 to read"), ("es", "Una", "3 por leer")):
        with translation.override(language):
            said = [
                ngettext("%(count)s application to read", "%(count)s applications to read", count) % {"count": count}
                for count in (1, 3)
            ]
        assert said == [one, several]


def test_markup_is_refused_and_never_said(client, ines):
    title = passage(TITLE, FRONT)
    with pytest.raises(RuleViolation) as caught:
        write(title, "<b>Go</b>", "Vete", ines)
    assert caught.value.code == "cannot_be_said"
    words = {"en": "<script>alert(1)</script>", "es": "x", "shipped_en": "x", "shipped_es": "x"}
    Wording.objects.create(series="old", number=1, place="x", source=title.source, by=ines, **words)
    own.forget()
    text = client.get(reverse("home")).text
    assert "<script>alert" not in text and TITLE in text


def test_template_code_and_quotation_marks_are_text(client, ines):
    write(passage(TITLE, FRONT), '% now %s "Go" %(x)s', '"Vete"', ines)
    text = client.get(reverse("home")).text
    assert "% now %s “Go” %(x)s" in text


def test_an_update_of_the_spanish_is_shown_until_the_office_has_looked(office, ines, monkeypatch):
    write(passage(SAVED), "Ours {cycle}.", "Lo nuestro {cycle}.", ines)
    shipped = passage(SAVED).shipped
    monkeypatch.setitem(passage(SAVED).__dict__, "shipped", (*shipped[:2], "Un español nuevo.", ""))
    assert "Ours Spring 2027." in started("en").body
    assert "portal’s text changed" in office.get(LIST, {"state": "look"}).text
    history = reverse("message-text-history", args=[*NAME.split("/"), passage(SAVED).code])
    page = office.get(history).text
    assert "What changed in the portal’s own text" in page and "Un español nuevo." in page
    kept = office.post(f"{history}back/", {"seen": str(newest()), "keep": "yes"}, follow=True)
    assert "Your text stays." in kept.text
    assert "No text matches" in office.get(LIST, {"state": "look"}).text


def test_a_text_whose_english_was_changed_rests_and_is_named(office, ines):
    words = {"en": "Ours.", "es": "Lo nuestro.", "shipped_en": "Before.", "shipped_es": "Antes."}
    Wording.objects.create(series="old", number=1, place="x", source="What an update took away.", by=ines, **words)
    page = office.get(LIST).text
    assert "Texts without a place" in page and "Ours." in page and "Lo nuestro." in page


def test_what_the_release_before_wrote_for_one_place_is_still_said(ines):
    text = passage(SAVED)
    words = {"en": "Old {cycle}.", "es": "Viejo {cycle}.", "shipped_en": "x", "shipped_es": "x"}
    for number, place in enumerate(("one.txt", "another.txt")):
        Wording.objects.create(series=f"{number}", number=3, place=place, source=text.source, by=ines, **words)
    own.forget()
    own.refresh()
    assert "Old Spring 2027." in started("en").body
    write(text, "New {cycle}.", "Nuevo {cycle}.", ines, seen=newest())
    assert "New Spring 2027." in started("en").body


# --- What can be written ------------------------------------------------------------------------------------

TAGS = re.compile(r"{%\s*(?:blocktranslate|translate)\b")
FILES = sorted(
    {file for files in texts._files_of_places().values() for file in files} | set(texts._files_of_messages())
)


@pytest.mark.parametrize("file", [file for file in FILES if not file.endswith(".py")])
def test_every_text_of_a_template_can_be_written(file):
    """All but the few with markup of their own."""
    tags = len(set(re.findall(r'{%\s*translate "([^"]+)"', Path(settings.BASE_DIR, file).read_text())))
    listed = [text for text in texts.texts().values() if file in text.files]
    assert len(listed) >= tags - 3
    assert bool(listed) == bool(TAGS.search(Path(settings.BASE_DIR, file).read_text()))


def test_every_text_belongs_to_a_message_or_a_place():
    assert {text.key for unit in units().values() for text in unit.texts} == set(texts.texts())


def test_every_listed_module_has_sentences():
    assert all(units()[place.name].texts for place in places.places().values() if place.module)


def test_the_portals_own_texts_would_be_accepted():
    for unit in units().values():
        for part, found in unit.parts.items():
            for text in found:
                for index, words in enumerate(text.shipped):
                    is_of_one = bool(text.several) and index % 2 == 0
                    assert not words or checking.problem(words, text, words, is_of_one=is_of_one) == "", words
                    assert part != "subject" or len(samples.filled(words)) <= checking.SUBJECT_LENGTH, words


def test_shipped_texts_read_as_the_catalog_says_them():
    for text in texts.texts().values():
        for language, words in (("en", text.shipped[0]), ("es", text.shipped[2])):
            with translation.override(language):
                if text.several:
                    said = translation.npgettext(text.context, text.source, text.several, 1)
                    said = said if text.context else translation.ngettext(text.source, text.several, 1)
                else:
                    said = translation.pgettext(text.context, text.source)
                    said = said if text.context else translation.gettext(text.source)
            assert texts._readable(said) == words


def test_an_override_stands_before_djangos_catalogs_once(ines):
    """Private attributes of Django's: this fails if they change."""
    for number in range(3):
        write(passage(SAVED), f"Version {number}.", f"Versión {number}.", ines, seen=newest() if number else 0)
    for language in own.LANGUAGES:
        catalog = own.trans_real.translation(language)._catalog
        assert [own.OFFICE in each for each in catalog._catalogs].count(True) == 1
        assert len(catalog._catalogs) == len(catalog._plurals)
    own.keep_none()
    assert "glad you’re here" in started("en").body
