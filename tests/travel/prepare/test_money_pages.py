"""Money for travelers: promised by rules, receipts from the phone, payment lists, and what follows a drop-out."""

import datetime as dt
import io
import re

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from applications.apply.actions import application as applications
from applications.base import withdrawals
from applications.models import Disclosure
from exchange.base import audit, office_tasks
from exchange.base.errors import RuleViolation
from exchange.models import AccessRecord, Event, Message, OfficeTask
from tests.constraints import refused
from tests.factories import UserFactory
from tests.factories_applications import CycleFactory, application_facts, review_facts
from tests.factories_counters import counter_facts, issued
from tests.factories_money import MoneyPromiseFactory, MoneyRuleFactory, PaymentFactory, ReceiptFactory
from tests.factories_travel import PassportCaseFactory, PlacementFactory, TripFactory, in_days, travel_facts
from travel.models import MoneyPromise, MoneyRule, Payment, PaymentLine, Receipt
from travel.office.retention import erasing
from travel.passport.vouchers import actions as voucher
from travel.prepare import move_follow
from travel.prepare.money import actions as money
from travel.prepare.money import payments, receipts
from travel.prepare.money import verifying as money_verifying
from travel.prepare.money.follow import TASK
from travel.tasks import promise_money

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


@pytest.fixture(autouse=True)
def numbers():
    application_facts()
    review_facts()
    travel_facts()


@pytest.fixture
def by():
    return UserFactory(coordinator=True)


@pytest.fixture
def office(by, sign_in):
    return sign_in(by)


@pytest.fixture
def trip():
    return TripFactory(leaves_on=in_days(60), returns_on=in_days(70))


@pytest.fixture
def ana(trip):
    return PlacementFactory(trip=trip, application__student__full_name="Ana Ruiz")


@pytest.fixture
def photo_refund(ana):
    """Up to $17 for a passport photo."""
    words = {"rule__title_en": "Passport photo", "rule__title_es": "Foto para el pasaporte", "rule__fee": "photo"}
    when = {"rule__timing": "after_receipt", "rule__days": 30}
    return MoneyPromiseFactory(placement=ana, rule__kind="refund", rule__cents=1700, **words, **when)


def page(name, *args):
    return reverse(f"travel:{name}", args=args)


def text(response):
    return " ".join(response.content.decode().split())


def picture(tail=b""):
    content = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(content, "PNG")
    return SimpleUploadedFile("receipt.png", content.getvalue() + tail)


def sums(promise):
    row = MoneyPromise.objects.with_sums().get(pk=promise.pk)
    return row.approved, row.listed, row.paid, row.canceled_cents


def shown(office, url):
    return office.get(url).context["form"].initial | {"seen": office.get(url).context["form"]["seen"].value()}


# --- rules and promises -----------------------------------------------------------------------------


def test_a_rule_without_an_amount_promises_nothing_and_students_are_told_to_ask(office, sign_in, ana):
    cycle = ana.trip.cycle
    office.post(page("cycle-preparation-fill", cycle.code))
    said = MoneyRule.objects.filter(cycle=cycle).exclude(cents=None)
    assert {rule.kind for rule in said} == {"voucher"}  # what this city's own file says
    meals = MoneyRule.objects.get(cycle=cycle, key="meals")

    office.post(page("money-rule-publish", cycle.code, meals.code))

    assert not MoneyPromise.objects.exists()
    own = text(sign_in(ana.application.student).get(page("money", ana.code)))
    assert "Ask us about these" in own and "Money for meals" in own and "Birth certificate" not in own


def test_a_voucher_is_promised_to_everyone_and_to_nobody_as_money(office, sign_in, ana):
    """The student reads it beside the money, and nothing of it can be given, claimed or listed."""
    rule = MoneyRuleFactory(cycle=ana.trip.cycle, kind="voucher", fee="application", cents=13000, draft=True)
    own = reverse("travel:money", args=[ana.code])
    assert "Paid with a voucher" not in sign_in(ana.application.student).get(own).text
    office.post(reverse("travel:money-rule-publish", args=[rule.cycle.code, rule.code]))
    money.promise_due()
    assert not MoneyPromise.objects.exists()
    page = sign_in(ana.application.student).get(own).text
    assert "Paid with a voucher" in page and f"{rule.title}, up to $130.00" in page and "Nothing promised" not in page
    rule.is_for_everyone = False
    rule.save()
    assert "for it" not in office.get(reverse("travel:trip-money", args=[ana.trip.code])).context["rules"]
    with pytest.raises(RuleViolation, match="isn’t offered"):
        money.give(ana, rule, by=UserFactory(coordinator=True))


def test_a_voucher_is_for_a_passport_that_is_still_to_be_applied_for(sign_in, ana):
    MoneyRuleFactory(cycle=ana.trip.cycle, kind="voucher", fee="application", cents=13000)
    own, client = reverse("travel:money", args=[ana.code]), sign_in(ana.application.student)
    case = PassportCaseFactory(placement=ana, stage="gathering")
    assert "ask your advisor for the voucher" in client.get(own).text
    case.stage = "applied"
    case.save()
    assert "ask your advisor for the voucher" not in client.get(own).text


def test_a_voucher_says_which_fee_it_pays(office, ana):
    typed = {
        **{"title_en": "Fee", "title_es": "Cuota", "kind": "voucher", "fee": "", "cents": "130", "fund": "Fund"},
        **{"source_name": "Letter", "as_of": str(TODAY()), "timing": "before_departure", "days": "0"},
        "is_for_everyone": "on",
    }
    add = reverse("travel:money-rule-add", args=[ana.trip.cycle.code])
    assert "Choose the passport fee that the voucher pays." in office.post(add, typed).text
    some = {name: value for name, value in typed.items() if name != "is_for_everyone"} | {"fee": "execution"}
    assert "A voucher is promised to everyone." in office.post(add, some).text
    assert office.post(add, typed | {"fee": "execution"}).status_code == 302


def test_the_office_writes_a_rule_and_promises_it_to_everyone_now_and_later(office, sign_in, ana):
    cycle = ana.trip.cycle
    typed = {
        **{"title_en": "Money for meals", "title_es": "Dinero para comer", "kind": "stipend", "fee": ""},
        **{"cents": "$1,250.50", "fund": "Fund", "source_name": "Letter", "as_of": str(TODAY())},
        **{"timing": "before_departure", "days": "9", "how_en": "A check by mail.", "how_es": "Un cheque por correo."},
        "is_for_everyone": "on",
    }
    office.post(page("money-rule-add", cycle.code), typed)
    rule = MoneyRule.objects.get()
    assert (rule.cents, rule.published_at) == (125050, None)

    assert "Promised to 1 student" in text(office.post(page("money-rule-publish", cycle.code, rule.code), follow=True))
    office.post(page("money-rule-publish", cycle.code, rule.code))
    later = PlacementFactory(trip=ana.trip)
    promise_money()
    promise_money()

    assert {each.placement for each in MoneyPromise.objects.all()} == {ana, later}
    own = text(sign_in(ana.application.student).get(page("money", ana.code)))
    assert "$1,250.50" in own and "A check by mail." in own
    assert f"Expect it by {in_days(51):%B} {in_days(51).day}" in own


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"fund": ""}, "fund"),
        ({"cents": "12.345"}, "cents"),
        ({"cents": "0"}, "cents"),
        ({"as_of": "2999-01-01"}, "as_of"),
    ],
)
def test_an_amount_needs_cents_and_a_source(office, trip, wrong, field):
    typed = {
        **{"title_en": "Meals", "title_es": "Comidas", "kind": "stipend", "cents": "10", "fund": "F"},
        **{"source_name": "Letter", "as_of": str(TODAY()), "timing": "after_return", "days": "9"},
    }
    answer = office.post(page("money-rule-add", trip.cycle.code), typed | wrong)
    assert field in answer.context["form"].errors and not MoneyRule.objects.exists()


def test_a_promised_amount_stays_and_only_its_words_change(office, by, trip):
    rule = MoneyRuleFactory(cycle=trip.cycle)
    url = page("money-rule-edit", trip.cycle.code, rule.code)
    office.post(url, {**shown(office, url), "how_en": "By check.", "how_es": "Con cheque.", "cents": "1"})
    rule.refresh_from_db()
    assert (rule.cents, rule.how_en) == (25000, "By check.")
    with pytest.raises(RuleViolation, match="can’t change"):
        money.change_rule(rule, {"cents": 1}, seen="", by=by)
    office.post(page("money-rule-remove", trip.cycle.code, rule.code))
    office.post(page("money-rule-remove", trip.cycle.code, rule.code))
    rule.refresh_from_db()
    assert rule.retired_at and Event.objects.filter(action="money.retire_rule").count() == 1


def test_a_rule_for_one_trip_and_one_given_by_hand(office, by, ana):
    other = PlacementFactory(trip__cycle=ana.trip.cycle)
    here = MoneyRuleFactory(cycle=ana.trip.cycle, draft=True)
    here.trips.add(ana.trip)
    money.publish_rule(here, by=by)
    some = MoneyRuleFactory(cycle=ana.trip.cycle, is_for_everyone=False, draft=True)
    money.publish_rule(some, by=by)
    assert [each.placement for each in MoneyPromise.objects.all()] == [ana]

    office.post(page("money-give", ana.trip.code), {"student": ana.code, "rule": some.code})
    office.post(page("money-give", ana.trip.code), {"student": ana.code, "rule": some.code})
    assert ana.promises.count() == 2 and not other.promises.exists()
    with pytest.raises(RuleViolation, match="isn’t offered"):
        money.give(other, here, by=by)


def test_a_copy_of_the_cycle_has_the_rules_as_drafts(by, trip):
    MoneyRuleFactory(cycle=trip.cycle, key="meals")
    MoneyRuleFactory(cycle=trip.cycle, key="gone", retired_at=timezone.now())
    copied = money.copy_rules(trip.cycle, CycleFactory(), by)
    assert [(rule.key, rule.cents, rule.published_at) for rule in copied] == [("meals", 25000, None)]
    assert not any(money.needs_of(trip.cycle))
    assert [need.topic for need in money.needs_of(CycleFactory())] == ["money"]


# --- receipts ---------------------------------------------------------------------------------------


def send(client, promise, **changes):
    typed = {"file": picture(), "cents": "14.99", "spent_on": str(TODAY() - dt.timedelta(days=3))}
    return client.post(page("receipt-send", promise.code), typed | changes)


def test_a_receipt_is_cleaned_kept_apart_and_approved(
    office, by, sign_in, photo_refund, django_capture_on_commit_callbacks
):
    student = sign_in(photo_refund.placement.application.student)
    assert "Cover your card number" in text(student.get(page("receipt-send", photo_refund.code)))
    with django_capture_on_commit_callbacks(execute=True):
        send(student, photo_refund, file=picture(b"4111 1111 1111 1111"))
        send(student, photo_refund, file=picture(b"4111 1111 1111 1111"))  # repeated
    receipt = Receipt.objects.get()
    assert (receipt.state, receipt.decision, receipt.cents) == ("kept", "waiting", 1499)

    answer = office.get(page("receipt-file", receipt.code))
    assert b"4111" not in b"".join(answer.streaming_content)
    assert "attachment" in answer.headers["Content-Disposition"]
    assert Event.objects.filter(action="receipt.open_file", by=by).count() == 1
    opened = AccessRecord.objects.get(student=photo_refund.placement.application.student)
    assert (opened.by, opened.what) == (by, AccessRecord.What.FILE)
    assert "Passport photo" in text(office.get(page("money-office")))

    office.post(receipt.get_absolute_url(), {"approve-cents": "14.99", "approve-is_last": "on"})
    office.post(receipt.get_absolute_url(), {"approve-cents": "14.99", "approve-is_last": "on"})
    assert sums(photo_refund) == (1499, 0, 0, 201)
    own = text(student.get(page("money", photo_refund.placement.code)))
    assert "Canceled: $2.01. Your receipts came to less." in own and "Expect it by" in own
    assert Event.objects.filter(action="receipt.approved").count() == 1

    office.post(page("receipt-undo", receipt.code))
    assert sums(photo_refund) == (0, 0, 0, 0)


def test_a_returned_receipt_has_a_reason_that_the_student_reads(office, sign_in, photo_refund):
    receipt = ReceiptFactory(promise=photo_refund, kept=True)
    answer = office.post(receipt.get_absolute_url(), {"return": "yes", "back-reason": " "})
    assert answer.context["back"].errors and not Message.objects.exists()
    for _twice in range(2):
        office.post(receipt.get_absolute_url(), {"return": "yes", "back-reason": "The day is cut off."})
    told = Message.objects.get(template="travel/receipt_returned", channel="email")
    assert "The day is cut off." in told.body
    own = text(sign_in(photo_refund.placement.application.student).get(page("money", photo_refund.placement.code)))
    assert "The day is cut off." in own and "Send a receipt" in own


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"cents": ""}, "cents"),
        ({"cents": "-3"}, "cents"),
        ({"cents": "a lot"}, "cents"),
        ({"spent_on": "2999-01-01"}, "spent_on"),
        ({"file": SimpleUploadedFile("r.png", b"MZ program")}, "file"),
    ],
)
def test_what_is_wrong_with_a_receipt_is_said_beside_it(sign_in, photo_refund, changes, field):
    answer = send(sign_in(photo_refund.placement.application.student), photo_refund, **changes)
    assert field in answer.context["form"].errors and not Receipt.objects.exists()


def test_a_receipt_for_more_than_is_left_is_approved_in_part(by, photo_refund):
    first, second = (ReceiptFactory(promise=photo_refund, kept=True, cents=1000) for _each in range(2))
    receipts.approve(first, cents=1000, is_last=False, by=by)
    with pytest.raises(RuleViolation, match=r"up to \$7"):
        receipts.approve(second, cents=1000, is_last=False, by=by)
    with pytest.raises(RuleViolation, match="Say why"):
        receipts.approve(second, cents=600, is_last=False, by=by)
    receipts.approve(second, cents=700, is_last=False, by=by)
    assert sums(photo_refund) == (1700, 0, 0, 0)


def test_a_fee_that_a_voucher_paid_is_not_paid_back(by, photo_refund):
    counter_facts()
    paper = issued(fee="photo")
    voucher.give(paper, photo_refund.placement.application, by=by)
    receipt = ReceiptFactory(promise=photo_refund, kept=True)
    with pytest.raises(RuleViolation, match=paper.number):
        receipts.approve(receipt, cents=1499, is_last=True, by=by)


def test_a_receipt_taken_back_leaves_no_file(sign_in, photo_refund, django_capture_on_commit_callbacks):
    student = sign_in(photo_refund.placement.application.student)
    with django_capture_on_commit_callbacks(execute=True):
        send(student, photo_refund)
    receipt = Receipt.objects.get()
    name = receipt.file.name
    with django_capture_on_commit_callbacks(execute=True):
        student.post(page("receipt-withdraw", receipt.code))
        student.post(page("receipt-withdraw", receipt.code))
    assert not default_storage.exists(name)
    assert student.get(page("receipt-file", receipt.code)).status_code == 404
    assert Event.objects.filter(action="receipt.withdraw").count() == 1


def test_a_receipt_whose_task_was_lost_is_checked_after_all(sign_in, photo_refund):
    send(sign_in(photo_refund.placement.application.student), photo_refund)
    assert receipts.look_after_files() == 0
    Receipt.objects.update(uploaded_at=timezone.now() - dt.timedelta(hours=1))
    assert receipts.look_after_files() == 1
    assert Receipt.objects.get().state == "kept"


def test_a_file_that_the_check_refuses_can_be_sent_again(
    monkeypatch, sign_in, photo_refund, django_capture_on_commit_callbacks
):
    student = sign_in(photo_refund.placement.application.student)
    monkeypatch.setattr("exchange.files.antivirus.is_configured", lambda: True)
    monkeypatch.setattr("exchange.files.antivirus.scan", lambda content: "Eicar")
    with django_capture_on_commit_callbacks(execute=True):
        send(student, photo_refund)
    assert "photo not kept" in text(student.get(page("money", photo_refund.placement.code)))
    monkeypatch.setattr("exchange.files.antivirus.scan", lambda content: "")
    with django_capture_on_commit_callbacks(execute=True):
        send(student, photo_refund)
    assert sorted(Receipt.objects.values_list("decision", flat=True)) == ["waiting", "withdrawn"]


def test_nobody_decides_about_their_own_money(by, trip):
    mine = PlacementFactory(trip=trip, application__student=by)
    refund = MoneyPromiseFactory(placement=mine, rule__kind="refund")
    stipend = MoneyPromiseFactory(placement=mine)
    receipt = ReceiptFactory(promise=refund, kept=True)
    for act in (
        lambda: receipts.approve(receipt, cents=1, is_last=False, reason="x", by=by),
        lambda: receipts.send_back(receipt, reason="No.", by=by),
        lambda: money.cancel(stipend, reason="No.", by=by),
        lambda: payments.make([stipend.code], by=by),
    ):
        with pytest.raises(RuleViolation, match="your own"):
            act()


# --- payment lists ----------------------------------------------------------------------------------


def test_the_office_pays_by_list_and_can_undo_it(office, by, sign_in, ana, trip):
    rule = MoneyRuleFactory(cycle=trip.cycle)
    first = MoneyPromiseFactory(placement=ana, rule=rule)
    second = MoneyPromiseFactory(placement=PlacementFactory(trip=trip), rule=rule, cents=1)
    office.post(page("payment-make"), {"promise": [first.code, second.code]})
    payment = Payment.objects.get()
    assert "$250.01" in text(office.get(payment.get_absolute_url()))
    assert "isn’t paid twice" in text(office.post(page("payment-make"), {"promise": [first.code]}, follow=True))

    answer = office.post(page("payment-file", payment.code))
    rows = b"".join(answer.streaming_content).decode().splitlines()
    assert len(rows) == 3 and "250.00,USD,Money for meals" in rows[1] and "Ana Ruiz" in rows[1]
    assert Disclosure.objects.filter(kind="payments", by=by).count() == 2

    wrong = office.post(payment.get_absolute_url(), {"paid_on": "2999-01-01", "reference": "PR 7"})
    assert wrong.context["form"].errors
    for _twice in range(2):
        office.post(payment.get_absolute_url(), {"paid_on": str(TODAY()), "reference": " PR  7 "})
    payment.refresh_from_db()
    assert (payment.paid_on, payment.reference) == (TODAY(), "PR 7")
    told = Message.objects.filter(template="travel/money_paid", channel="email", recipient=ana.application.student)
    assert "$250.00" in told.get().body
    assert "(reference PR 7)" in text(sign_in(ana.application.student).get(page("money", ana.code)))
    with pytest.raises(RuleViolation, match="marked as paid"):
        payments.discard(payment, by=by)

    office.post(page("payment-undo", payment.code))
    assert sums(first) == (0, 25000, 0, 0)
    line = payment.lines.get(promise=second)
    office.post(page("payment-line-remove", payment.code, line.promise.code))
    office.post(page("payment-discard", payment.code))
    payments.discard(payment, by=by)  # a second tap
    line = page("payment-line-remove", payment.code, "GONE1234")
    for address in (page("payment-discard", payment.code), line):
        assert "was deleted before" in text(office.post(address, follow=True))
    assert not Payment.objects.exists() and sums(first) == (0, 0, 0, 0)


def test_each_student_is_told_once_of_the_sum_of_their_lines(by, ana, trip):
    ben = PlacementFactory(trip=trip)
    meals, bus = MoneyRuleFactory(cycle=trip.cycle), MoneyRuleFactory(cycle=trip.cycle)
    given = ((ana, meals, 2500), (ana, bus, 4075), (ben, meals, 300))
    promises = [MoneyPromiseFactory(placement=seat, rule=rule, cents=cents) for seat, rule, cents in given]
    payment = payments.make([each.code for each in promises], by=by)
    event = Event.objects.get(action="payment.make")
    assert event.changes == {"lines": 3, "cents": 6875}
    payments.mark_paid(payment, paid_on=TODAY(), reference="PR 8", by=by)
    told = Message.objects.filter(template="travel/money_paid", channel="email")
    assert {each.recipient: re.search(r"\$[\d.]+", each.body)[0] for each in told} == {
        ana.application.student: "$65.75",
        ben.application.student: "$3.00",
    }
    assert told.count() == 2


def test_a_receipt_is_decided_once(by, photo_refund):
    receipt = ReceiptFactory(promise=photo_refund, kept=True)
    receipts.approve(receipt, cents=500, is_last=False, reason="One photo", by=by)
    receipts.approve(receipt, cents=500, is_last=False, by=by)  # a second tap
    for act in (
        lambda: receipts.approve(receipt, cents=400, is_last=False, reason="One photo", by=by),
        lambda: receipts.send_back(receipt, reason="No", by=by),
    ):
        with pytest.raises(RuleViolation, match="already looked at this receipt"):
            act()
    waiting = ReceiptFactory(promise=photo_refund)  # still being checked for viruses
    with pytest.raises(RuleViolation, match="already looked at this receipt"):
        receipts.approve(waiting, cents=500, is_last=False, reason="One photo", by=by)
    assert sums(photo_refund)[0] == 500


def test_following_a_link_to_the_file_marks_nothing(office):
    payment = PaymentFactory()
    assert office.get(page("payment-file", payment.code)).status_code == 405
    payment.refresh_from_db()
    assert payment.exported_at is None
    assert f'method="post" action="{page("payment-file", payment.code)}"' in office.get(payment.get_absolute_url()).text


def test_the_file_asks_for_a_fresh_proof(office, by, monkeypatch):
    payment = PaymentFactory()
    monkeypatch.setattr("travel.prepare.money.views.is_fresh", lambda request: False)
    assert office.post(page("payment-file", payment.code)).status_code == 302
    payment.refresh_from_db()
    assert payment.exported_at is None


def test_a_list_without_lines_is_gone(office, ana):
    promise = MoneyPromiseFactory(placement=ana)
    office.post(page("payment-make"), {"promise": promise.code})
    line = PaymentLine.objects.get()
    answer = office.post(page("payment-line-remove", line.payment.code, promise.code))
    assert answer.url == page("money-office") and not Payment.objects.exists()


def test_totals_of_trip_and_cycle_tie_out(office, by, ana):
    stipend, refund = MoneyPromiseFactory(placement=ana), MoneyPromiseFactory(placement=ana, rule__kind="refund")
    elsewhere = PlacementFactory(trip__cycle=ana.trip.cycle)
    MoneyPromiseFactory(placement=elsewhere, rule=stipend.rule)
    receipts.approve(ReceiptFactory(promise=refund, kept=True, cents=10001), cents=10001, is_last=True, by=by)
    payment = payments.make([stipend.code, refund.code], by=by)
    payments.mark_paid(payment, paid_on=TODAY(), reference="1", by=by)

    here = office.get(page("trip-money", ana.trip.code)).context["totals"]
    assert (here.promised, here.paid, here.open, here.canceled) == (50000, 35001, 0, 14999)
    everything = office.get(page("money-office")).context["trips"][-1]["totals"]
    assert (everything.promised, everything.paid, everything.open) == (75000, 35001, 25000)
    assert everything.ties_out


# --- canceling and dropping out ---------------------------------------------------------------------


def test_the_office_cancels_what_is_open_with_a_reason_and_opens_it_again(office, by, sign_in, ana):
    promise = MoneyPromiseFactory(placement=ana)
    office.post(page("money-cancel", promise.code), {"reason": ""})
    assert sums(promise) == (0, 0, 0, 0)
    office.post(page("money-cancel", promise.code), {"reason": "The host pays for meals."})
    own = text(sign_in(ana.application.student).get(page("money", ana.code)))
    assert "Canceled: $250.00. The host pays for meals." in own
    with pytest.raises(RuleViolation, match="Nothing of this is open"):
        money.cancel(promise, reason="Again.", by=by)
    office.post(page("money-restore", promise.code))
    office.post(page("money-restore", promise.code))
    assert sums(promise) == (0, 0, 0, 0)
    assert Event.objects.filter(action="money.restore").count() == 1


# --- undo after the next step -------------------------------------------------------------------------


UNDONE_NOTHING = "so nothing was changed"


def undo(office, name, row, seen):
    return text(office.post(page(name, row.code), {"seen": seen}, follow=True))


def seen(office, row):
    return office.get(row.get_absolute_url()).context["seen"]


def test_undo_of_a_payment_that_was_marked_anew_meanwhile_leaves_it(office, by, ana):
    payment = payments.make([MoneyPromiseFactory(placement=ana).code], by=by)
    payments.mark_paid(payment, paid_on=TODAY(), reference="PR 7", by=by)
    old, colleague = seen(office, payment), UserFactory(coordinator=True)
    payments.undo_paid(payment, by=colleague)
    assert UNDONE_NOTHING not in undo(office, "payment-undo", payment, old)  # as wished already
    payments.mark_paid(payment, paid_on=TODAY(), reference="PR 8", by=colleague)

    assert UNDONE_NOTHING in undo(office, "payment-undo", payment, old)
    payment.refresh_from_db()
    assert (payment.reference, payment.paid_by) == ("PR 8", colleague)
    undo(office, "payment-undo", payment, seen(office, payment))
    payment.refresh_from_db()
    assert payment.paid_on is None


def test_undo_of_an_approval_that_is_on_a_list_or_paid_says_so(office, by, photo_refund):
    receipt = ReceiptFactory(promise=photo_refund, kept=True)
    receipts.approve(receipt, cents=1499, is_last=True, by=by)
    payment = payments.make([photo_refund.code], by=by)
    for _listed_then_paid in range(2):
        assert "This is on a payment list or paid" in undo(office, "receipt-undo", receipt, seen(office, receipt))
        payments.mark_paid(payment, paid_on=TODAY(), reference="PR 7", by=by)
    assert sums(photo_refund) == (1499, 0, 1499, 201)


def test_undo_of_a_receipt_that_a_colleague_judged_anew_leaves_it(office, by, photo_refund):
    receipt = ReceiptFactory(promise=photo_refund, kept=True)
    receipts.approve(receipt, cents=1499, is_last=True, by=by)
    old = seen(office, receipt)
    receipts.undo(receipt, by=by)
    receipts.send_back(receipt, reason="The day is cut off.", by=UserFactory(coordinator=True))

    assert UNDONE_NOTHING in undo(office, "receipt-undo", receipt, old)
    receipt.refresh_from_db()
    assert (receipt.decision, receipt.reason) == ("returned", "The day is cut off.")


def test_undo_of_a_return_after_the_student_sent_it_again_says_so(office, by, photo_refund):
    first = ReceiptFactory(promise=photo_refund, kept=True, digest="a" * 64)
    receipts.send_back(first, reason="The day is cut off.", by=by)
    ReceiptFactory(promise=photo_refund, kept=True, digest="a" * 64)

    assert "sent this receipt again" in undo(office, "receipt-undo", first, seen(office, first))
    first.refresh_from_db()
    assert first.decision == "returned"


def test_undo_of_a_cancellation_that_was_followed_by_another_leaves_it(office, by, ana):
    promise = MoneyPromiseFactory(placement=ana)
    money.cancel(promise, reason="The host pays for meals.", by=by)
    old = seen(office, promise)
    money.restore(promise, by=by)
    applications.withdraw_for(ana.application, by=by, reason="New job.")

    assert UNDONE_NOTHING in undo(office, "money-restore", promise, old)
    promise.refresh_from_db()
    assert (promise.canceled_cents, promise.canceled_why) == (25000, "dropped_out")


def test_when_somebody_drops_out_open_money_is_canceled_and_the_rest_is_a_task(by, ana):
    stipend = MoneyPromiseFactory(placement=ana)
    refund = MoneyPromiseFactory(placement=ana, rule__kind="refund")
    ReceiptFactory(promise=refund, kept=True)
    assert "Unpaid support is canceled: $250." in withdrawals.lines(ana.application)

    applications.withdraw_for(ana.application, by=by, reason="New job.")

    stipend.refresh_from_db()
    assert (stipend.canceled_cents, stipend.canceled_why) == (25000, "dropped_out")
    assert sums(refund) == (0, 0, 0, 0)
    task = OfficeTask.objects.open().get(kind="travel.leaves_money")
    assert (task.person, task.path) == (ana.application.student, page("trip-money", ana.trip.code))

    applications.undo_withdraw_for(ana.application, by=by)
    stipend.refresh_from_db()
    assert stipend.canceled_cents == 0
    assert not OfficeTask.objects.open().filter(kind="travel.leaves_money").exists()


def test_a_canceled_trip_keeps_its_promises_until_the_office_decides(office, by, ana):
    promise = MoneyPromiseFactory(placement=ana)
    with pytest.raises(RuleViolation, match="takes place"):
        money.cancel_trip(ana.trip, reason="Storm.", by=by)
    trip = ana.trip
    trip.closed_at, trip.closed_by, trip.closed_reason = timezone.now(), by, "Storm."
    trip.save()
    assert office.get(page("trip-money", trip.code)).context["can_cancel_all"]
    office.post(page("trip-money-cancel", trip.code), {"reason": "The trip was canceled."})
    assert sums(promise) == (0, 0, 0, 25000)


# --- who, how fast, how long ------------------------------------------------------------------------


def test_money_is_between_the_student_and_the_office(sign_in, ana, photo_refund):
    receipt = ReceiptFactory(promise=photo_refund, kept=True)
    stranger = PlacementFactory(trip=ana.trip).application.student
    for person in (UserFactory(advisor=ana.application.college), UserFactory(director=True), stranger):
        assert not MoneyPromise.objects.visible_to(person).exists()
        assert not Receipt.objects.visible_to(person).exists()
        assert not Payment.objects.visible_to(person).exists()
        assert sign_in(person).get(page("receipt-file", receipt.code)).status_code == 404


@pytest.mark.parametrize("name", ["own", "trip", "cycle"])
def test_the_pages_take_as_many_queries_for_many(name, office, sign_in, ana, trip):
    rule = MoneyRuleFactory(cycle=trip.cycle)
    student = sign_in(ana.application.student)
    pages = {
        "own": (student, page("money", ana.code)),
        "trip": (office, page("trip-money", trip.code)),
        "cycle": (office, page("money-office")),
    }
    client, url = pages[name]

    def more(placement):
        promise = MoneyPromiseFactory(placement=placement, rule=MoneyRuleFactory(cycle=trip.cycle, kind="refund"))
        ReceiptFactory(promise=promise, kept=True)
        PaymentFactory().lines.create(promise=MoneyPromiseFactory(placement=placement, rule__cycle=trip.cycle), cents=5)

    MoneyPromiseFactory(placement=ana, rule=rule)
    more(ana)
    client.get(url)
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    for placement in (ana, PlacementFactory(trip=trip), PlacementFactory(trip=trip)):
        more(placement)
    with CaptureQueriesContext(connection) as many:
        client.get(url)
    assert len(many) == len(few) <= 14


def test_erasing_takes_receipts_and_reasons_and_leaves_the_sums(ana, photo_refund, django_capture_on_commit_callbacks):
    receipt = ReceiptFactory(promise=photo_refund, kept=True)
    photo_refund.canceled_cents, photo_refund.canceled_why = 1700, "other"
    photo_refund.canceled_reason, photo_refund.canceled_at = "You moved.", timezone.now()
    photo_refund.save()
    erasing.erase([ana.application_id])
    photo_refund.refresh_from_db()
    assert (photo_refund.canceled_reason, photo_refund.cents) == (erasing.GONE, 1700)
    assert not Receipt.objects.filter(pk=receipt.pk).exists()


def test_verify_finds_a_promise_that_does_not_add_up(ana):
    promise = MoneyPromiseFactory(placement=ana)
    PaymentFactory().lines.create(promise=promise, cents=25000)
    assert list(money_verifying.money()) == []
    PaymentFactory().lines.create(promise=promise, cents=1)
    assert [finding.examples for finding in money_verifying.money()] == [(promise.code,)]


# --- bad rows ---------------------------------------------------------------------------------------

NOW = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
BAD_RULES = {
    "moneyrule_amount_has_a_source": {"fund": ""},
    "moneyrule_published_has_an_amount": {"cents": None},
    "moneyrule_retired_after_it_was_published": {"published_at": None, "retired_at": NOW},
}
BAD_PROMISES = {
    "moneypromise_above_zero": {"cents": 0},
    "moneypromise_canceled_at_most_all": {
        **{"cents": 5, "canceled_cents": 6, "canceled_why": "spent_less", "canceled_at": NOW}
    },
    "moneypromise_canceled_says_why": {"canceled_cents": 5},
}
BAD_RECEIPTS = {
    "receipt_above_zero": {"cents": 0},
    "receipt_refused_says_why": {"state": "refused"},
    "receipt_approved_says_how_much": {"decision": "approved", "decided_at": NOW},
    "receipt_returned_says_why": {"decision": "returned", "decided_at": NOW},
    "receipt_decided_at_unless_waiting": {"decided_at": NOW},
}


@pytest.mark.both
@pytest.mark.parametrize(
    ("factory", "name", "values"),
    [
        *((MoneyRuleFactory, name, values) for name, values in BAD_RULES.items()),
        *((MoneyPromiseFactory, name, values) for name, values in BAD_PROMISES.items()),
        *((ReceiptFactory, name, values) for name, values in BAD_RECEIPTS.items()),
        (PaymentFactory, "payment_paid_on_and_reference_together", {"reference": "PR 7"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_database_refuses(factory, name, values):
    refused(name, lambda: factory(**values))


@pytest.mark.both
def test_the_database_refuses_the_same_twice(ana):
    rule = MoneyRuleFactory(cycle=ana.trip.cycle)
    refused("moneyrule_key_once_per_cycle", lambda: MoneyRuleFactory(cycle=rule.cycle, key=rule.key))
    promise = MoneyPromiseFactory(placement=ana, rule=rule)
    refused("moneypromise_once_per_rule", lambda: MoneyPromiseFactory(placement=ana, rule=rule))
    receipt = ReceiptFactory(promise=promise)
    refused("receipt_once_per_promise", lambda: ReceiptFactory(promise=promise, digest=receipt.digest))
    payment = PaymentFactory()
    refused("paymentline_above_zero", lambda: payment.lines.create(promise=promise, cents=0))
    payment.lines.create(promise=promise, cents=1)
    refused("paymentline_once_per_promise", lambda: payment.lines.create(promise=promise, cents=1))


# --- What becomes of a promise --------------------------------------------------------------------------


def voucher_rule(trip, fee="execution", **more):
    rule = MoneyRuleFactory(cycle=trip.cycle, kind="voucher", fee=fee, title_en="Execution fee", **more)
    return rule


def test_who_read_of_a_voucher_reads_that_it_was_stopped_and_who_came_later_does_not(office, by, ana, trip, sign_in):
    rule = voucher_rule(trip)
    told, later = sign_in(ana.application.student), PlacementFactory(trip=trip, placed_at=timezone.now())
    assert "Execution fee, up to" in text(told.get(page("money", ana.code)))

    answer = office.post(page("money-rule-remove", trip.cycle.code, rule.code), follow=True)
    assert "see on their money page that it was stopped" in text(answer)
    type(later).objects.filter(pk=later.pk).update(placed_at=timezone.now())

    assert "Execution fee, up to" not in text(told.get(page("money", ana.code)))
    assert "Execution fee: the city has stopped giving out this voucher" in text(told.get(page("money", ana.code)))
    assert "ask us before you pay" in text(told.get(page("money", ana.code)))
    assert "stopped" not in text(sign_in(later.application.student).get(page("money", later.code)))
    voucher.give(issued(fee="execution", amount="35.00"), ana.application, by=by)
    assert "The one you have is still yours." in text(told.get(page("money", ana.code)))
    voucher_rule(trip, key="another")
    assert "stopped" not in text(told.get(page("money", ana.code)))


def test_after_a_move_a_traveler_reads_what_becomes_of_money_and_vouchers_of_the_trip_before(by, ana, trip, sign_in):
    other = TripFactory(cycle=trip.cycle, leaves_on=in_days(60), returns_on=in_days(70))
    voucher_rule(other).trips.set([other])
    stipend = MoneyPromiseFactory(placement=ana)
    stipend.rule.trips.set([other])
    audit.record("placement.move", ana, by=by, changes={"trip": [other.pk, trip.pk]})
    office_tasks.open("a", TASK, due_on=TODAY(), about="", person=ana.application.student, by=by)
    student = sign_in(ana.application.student)

    now = text(student.get(page("money", ana.code)))
    assert f"this voucher is for travelers to {other.city.name}, and you’re going to {trip.city.name} now" in now
    assert f"This was promised to travelers to {other.city.name}." in now and "is deciding if you keep it" in now

    OfficeTask.objects.update(done_at=timezone.now(), done_by=by)
    assert "it’s still yours" in text(student.get(page("money", ana.code)))


def test_before_a_move_the_office_reads_what_becomes_of_money_and_vouchers(ana, trip):
    voucher_rule(trip).trips.set([trip])
    MoneyPromiseFactory(placement=ana).rule.trips.set([trip])
    said = " ".join(move_follow.lines([ana]))
    assert "You decide if they keep money" in said and "“Execution fee” is only for the trip they’re on" in said
