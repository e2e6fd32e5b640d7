"""The office writes its own words for a message: on the pages, by the actions, and in what is really sent."""

import re

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from exchange.messages import outbox
from exchange.models import Event, Language, Message, Wording
from exchange.wording import actions, checking, composing, own, passages, placing, samples, standing
from exchange.wording.actions import Change
from exchange.wording.own import Words
from exchange.wording.pages import everything
from exchange.wording.passages import units
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory

pytestmark = pytest.mark.django_db
NAME = "applications/application_started"
PAGE = reverse("message-text", args=NAME.split("/"))
LIST = reverse("message-texts")


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
    """The passage of a message that begins so in English."""
    (found,) = [each for each in units()[name].passages() if each.shipped()[0].startswith(start)]
    return found


SAVED, SUBMIT = "We’re glad you’re here.", "Submit it by"


def filled(page):
    """What a browser would send of the page as it is."""
    fields = re.findall(r'<input type="(?:hidden|text)" name="([0-9a-f]{12}_\w+)"(?: value="([^"]*)")?', page.text)
    areas = re.findall(r'<textarea name="([0-9a-f]{12}_\w+)"[^>]*>\n?(.*?)</textarea>', page.text, re.S)
    return dict(fields + areas)


def typed(which, english=None, spanish=None):
    given = {f"{which.code}_en": english, f"{which.code}_es": spanish}
    return {name: text for name, text in given.items() if text is not None}


def write(which, english, spanish, by, seen=0):
    actions.save([Change(which, seen, (english, "", spanish, ""))], by=by)


def started(language, cycle=None):
    """What `application_started` would send to a student of this language."""
    person = UserFactory(language=language)
    cycle = cycle or CycleFactory(name_en="Spring 2027", name_es="Primavera de 2027")
    application = ApplicationFactory(student=person, cycle=cycle)
    rows = outbox.drafts(NAME, person, {"application": application})
    return next(row for row in rows if row.channel == Message.Channel.EMAIL)


# --- Writing -----------------------------------------------------------------------------------------


def test_every_message_is_listed_with_who_gets_it(office):
    listed = "".join(office.get(LIST, {"page": number}).text for number in (1, 2, 3, 4))
    links = set(re.findall(rf'href="{LIST}([a-z_/]+)"', listed))
    assert links == {f"{name}/" for name in everything()}
    assert "email and text" in listed and "People without an account" in listed


def test_what_the_office_writes_is_sent_in_each_language(office, django_capture_on_commit_callbacks):
    data = filled(office.get(PAGE)) | typed(passage(SAVED), "You began {cycle}.\nRest a bit.", "Empezaste {cycle}.")
    with django_capture_on_commit_callbacks(execute=True):
        page = office.post(PAGE, data, follow=True)
    assert "Saved. The next messages say it." in page.text and "by Ines Vega" in page.text
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
    data = filled(office.get(PAGE)) | typed(text, "{day} " + "a" * 400, "{day} " + "á" * 100)
    page = office.post(PAGE, data)
    assert "paid for, in 3 parts" in page.text and "These characters make it longer: á" in page.text
    assert not Wording.objects.exists()


def test_a_subject_that_is_too_long_is_refused(office):
    subject = passage("Your application for {cycle} is saved")
    page = office.post(PAGE, filled(office.get(PAGE)) | typed(subject, "a" * 79, "Guardada"))
    assert "the subject has 79 characters" in page.text and not Wording.objects.exists()


# --- Nothing in it is evaluated ----------------------------------------------------------------------


def test_markup_and_template_code_are_text(ines):
    """Past the form, too: in rows that something else has written."""
    code = "<script>alert(1)</script> {{ application.student.email }} {% now 'Y' %} %(cycle)s %s &amp; "
    write(passage(SAVED), code + "{cycle}", code + "{cycle}", ines)
    own.forget()
    email = started("en", CycleFactory(name_en="{when} <b>Spring</b>", name_es="Primavera"))
    said = code + "{when} <b>Spring</b>"
    assert said in email.body
    assert "<script>" not in email.html and "&lt;script&gt;" in email.html and "<b>Spring" not in email.html


def test_a_preview_shows_markup_as_text(office):
    data = filled(office.get(PAGE)) | typed(passage(SAVED), "<img src=x onerror=alert(1)>", "<b>Hola</b>")
    page = office.post(PAGE, data | {"preview": "yes"})
    assert "<img src=x" not in page.text and "&lt;img src=x" in page.text
    assert "<b>Hola" not in page.text and not Wording.objects.exists()


# --- Preview and test --------------------------------------------------------------------------------


def test_the_preview_says_what_is_typed_with_made_up_values(office):
    data = filled(office.get(PAGE)) | typed(passage(SAVED), "You began {cycle}.", "Empezaste {cycle}.")
    whole = office.post(PAGE, data | {"preview": "yes"})
    part = office.post(PAGE, data, headers={"HX-Request": "true"})
    for page in (whole, part):
        assert "You began Spring exchange." in page.text and "Empezaste Intercambio de primavera." in page.text
    assert part.text.lstrip().startswith('<div id="preview"') and "<form" not in part.text
    assert not Wording.objects.exists()


def test_every_case_of_a_message_is_shown(office):
    page = office.get(reverse("message-text", args=["applications", "application_withdrawn_for"]))
    for how in ("by phone", "in person", "wrote to us on"):
        assert len(re.findall(rf"We recorded that you .*{how}", page.text)) >= 2  # in its box and in a preview
    assert "Case 4 of 4" in page.text


def test_a_test_is_sent_to_oneself_and_saves_nothing(office, ines, django_capture_on_commit_callbacks):
    data = filled(office.get(PAGE)) | typed(passage(SAVED), "You began {cycle}.", "Empezaste {cycle}.")
    with django_capture_on_commit_callbacks(execute=True):
        page = office.post(PAGE, data | {"test": "es:0"})
    assert "A test is on its way to ines@example.gov. Nothing was saved." in page.text
    row = Message.objects.get()
    assert row.recipient == ines and "Empezaste Intercambio de primavera." in row.body
    assert row.subject.startswith("Prueba: ") and 'lang="es"' in row.html
    assert "You began {cycle}." in page.text and not Wording.objects.exists()
    assert [each.to for each in mail.outbox] in ([], [["ines@example.gov"]])


def test_a_broken_text_is_not_sent_as_a_test(office):
    data = filled(office.get(PAGE)) | typed(passage(SAVED), "You began {ciclo}.", "Empezaste.")
    page = office.post(PAGE, data | {"test": "en:0"})
    assert "{ciclo} isn’t a placeholder" in page.text and not Message.objects.exists()


# --- Two people, history, and back -------------------------------------------------------------------


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
    write(passage(SAVED), "Second.", "Segundo.", UserFactory(coordinator=True, full_name="Omar Haddad"), seen=1)
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
    with django_capture_on_commit_callbacks(execute=True):
        page = office.post(f"{history}back/", {"seen": "1"}, follow=True)
    assert "Back to the portal’s own text." in page.text and "First." in page.text
    assert "We’re glad you’re here." in started("en").body
    assert "First." not in office.get(PAGE).text
    office.post(f"{history}back/", {"seen": "1"})  # a second press changes nothing
    assert Wording.objects.count() == 2
    write(passage(SAVED), "Third.", "Tercero.", ines, seen=2)
    assert [row.number for row in Wording.objects.order_by("number")] == [1, 2, 3]


def test_back_to_the_portals_text_after_someone_elses_change_says_so_and_keeps_theirs(office, ines):
    write(passage(SAVED), "First.", "Primero.", ines)
    history = reverse("message-text-history", args=[*NAME.split("/"), passage(SAVED).code])
    write(passage(SAVED), "Second.", "Segundo.", ines, seen=1)

    page = office.post(f"{history}back/", {"seen": "1"}, follow=True)

    assert "Someone changed this text while you were writing." in page.text
    assert "Second." in page.text and Wording.objects.count() == 2


def test_typing_the_portals_own_text_again_is_going_back(office, ines):
    write(passage(SAVED), "First.", "Primero.", ines)
    english, _many, spanish, _several = passage(SAVED).shipped()
    office.post(PAGE, filled(office.get(PAGE)) | typed(passage(SAVED), english, spanish))
    assert [row.is_shipped for row in Wording.objects.order_by("number")] == [False, True]


# --- Spanish older than its English ------------------------------------------------------------------


def test_spanish_older_than_its_english_is_flagged_until_it_is_looked_at(office):
    saved = passage(SAVED)
    spanish = saved.shipped()[2]
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


# --- An update of the portal --------------------------------------------------------------------------


def updated(**change):
    """As after an update that changed the portal's text of SAVED: the row keeps what was said before."""
    row = Wording.objects.get()
    old = {field.attname: getattr(row, field.attname) for field in Wording._meta.fields}
    Wording.objects.create(**old | {"id": None, "number": row.number + 1} | change)
    own.forget()


def test_an_update_never_replaces_an_edit_and_its_difference_is_shown(office, ines):
    write(passage(SAVED), "Ours {cycle}.", "Lo nuestro {cycle}.", ines)
    old = "We are happy you came. You’ve started your application for {cycle}, and everything you write is saved."
    updated(source=old.replace("{cycle}", "%(cycle)s"), shipped_en=old, siblings=[])

    assert "Ours Spring 2027." in started("en").body
    assert "portal’s text changed" in office.get(LIST, {"state": "look"}).text
    assert "see the difference" in office.get(PAGE).text
    history = reverse("message-text-history", args=[*NAME.split("/"), passage(SAVED).code])
    page = office.get(history)
    assert re.search(r"<del>We are happy.*</del>", page.text) and "<ins>" in page.text
    kept = office.post(f"{history}back/", {"seen": "2", "keep": "yes"}, follow=True)
    assert "Your text stays." in kept.text and "see the difference" not in office.get(PAGE).text
    own.forget()
    assert "Ours Spring 2027." in started("en").body


def test_a_text_never_moves_to_a_sentence_that_was_beside_it(ines):
    write(passage(SAVED), "Ours.", "Lo nuestro.", ines)
    gone = Wording.objects.get()
    gone.source = "A sentence that an update removed."
    assert placing.placed([gone]) == {}
    gone.source, gone.siblings = passage(SAVED).source[:-5], [passage(SAVED).code]
    assert placing.placed([gone]) == {}
    gone.siblings = []
    assert placing.placed([gone]) == {passage(SAVED): gone}


def test_a_text_whose_placeholder_is_gone_rests_and_is_named(office, ines):
    write(passage(SAVED), "Ours.", "Lo nuestro.", ines)
    updated(en="Ours {host}.", es="Lo nuestro {host}.")
    assert "glad you’re here" in started("en").body
    page = office.get(LIST)
    assert "Texts without a place" in page.text and "Ours {host}." in page.text


# --- Who, and how much it costs -----------------------------------------------------------------------


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


def test_a_change_reaches_other_processes_by_the_mark(ines, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(own.time, "monotonic", lambda: now[0])
    assert own.current() == {}
    other = own._kept
    write(passage(SAVED), "Ours.", "Lo nuestro.", ines)
    own.changed()
    own._kept = other  # as in another process, which hasn't seen it
    assert own.current() == {}
    now[0] += own.ASKED_EVERY + 1
    assert own.current() == {passage(SAVED).key: Words("Ours.", "", "Lo nuestro.", "")}


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
        for each in unit.passages():
            if each != passage(SAVED) and not each.several and not standing.of([each])[each].row:
                write(each, "Ours.", "Lo nuestro.", ines)
    assert cost() == few <= 10


# --- What the templates are made of --------------------------------------------------------------------


def test_every_text_of_every_message_can_be_written():
    """Each tag of every template is a passage of a message: nothing that people read is left out."""
    folder = passages.settings.BASE_DIR / "templates/emails"
    known = {each.key for unit in units().values() for each in unit.whole()}
    for path in folder.rglob("*.txt"):
        tags = re.findall(r"{%\s*(?:blocktranslate|translate)\b", path.read_text())
        place = f"emails/{path.relative_to(folder)}"
        assert bool(tags) == any(key[0] == place for key in known), place


def test_every_placeholder_has_a_made_up_value():
    for unit in units().values():
        for each in unit.whole():
            for name, expression in each.names:
                assert samples.of(name, expression), (each.place, name)


@pytest.mark.parametrize("language", Language.values)
@pytest.mark.parametrize("name", sorted(units()))
def test_a_message_can_be_previewed_case_by_case(name, language):
    unit, said = units()[name], set()

    def say(each):
        said.add(each)
        return Words(*each.shipped())

    for number in range(composing.how_many(unit)):
        composed = composing.compose(unit, say, language, number)
        assert not re.search(r"[{}]|%\(", "".join((composed.subject, composed.body, composed.text)))
        assert len(composed.subject) <= checking.SUBJECT_LENGTH
    assert set(unit.passages()) <= said


def test_the_portals_own_texts_would_be_accepted():
    for each in {each for unit in units().values() for each in unit.passages()}:
        one, several, one_es, several_es = each.shipped()
        assert not checking.problem(one, each, one, is_of_one=bool(each.several))
        assert not checking.problem(one_es, each, one_es, is_of_one=bool(each.several))
        assert not checking.problem(several, each, several) and not checking.problem(several_es, each, several_es)


def test_shipped_texts_read_as_the_catalog_says_them():
    with translation.override("es"):
        spanish = translation.gettext("You withdrew your application")
    [subject] = units()["applications/application_withdrawn"].groups()["subject"]
    assert subject.shipped() == ("You withdrew your application", "", spanish, "")
