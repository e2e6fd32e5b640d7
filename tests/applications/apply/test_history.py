"""The history page describes every event of an application in words."""

import ast

import pytest

from applications.apply.views.application_office import HISTORY, TOO_MANY
from applications.reading.actions import conflict
from tests.factories import UserFactory
from tests.factories_applications import AssignmentFactory, review_facts
from tests.services import ROOT

# events about a cycle, a slot, a review, a release, a list, a text or a person: never in an application's history
ELSEWHERE = (
    *("cycle.", "lottery.", "norming.", "setup.", "thread.", "scores.", "incoming_text."),
    *("bulk_act.", "endorsement.download", "interest.", "interest_source.", "release."),
    *("interview.plan", "interview.change_slot", "interview.call_off_slot"),
    *("committee.change_lever", "committee.create_levers", "committee.save_reserves"),
    *("committee.draft", "committee.undo_draft", "application.export", "help.wrong_code"),
    *("selection.download", "selection.dry_run"),
    *("review.assign_readers", "review.discard_draft", "review.release_readers", "review.move_unread"),
    *("review.lock", "review.unlock", "review.say", "review.save", "review.save_reader", "review.add_readings"),
    *("review.download_readers", "review.take_back_slip", "masking.add_clue", "masking.remove_clue"),
)


def recorded() -> set[str]:
    """The names of all events that this app records, as far as the code has them as literals."""
    found = set()
    for path in sorted((ROOT / "applications").rglob("actions*/**/*.py")) + sorted(
        (ROOT / "applications").glob("*/actions.py")
    ):
        tree = ast.parse(path.read_text())
        named = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
                pairs = zip(node.targets[0].elts, getattr(node.value, "elts", ()), strict=False)
            else:
                pairs = zip(getattr(node, "targets", ()), [getattr(node, "value", None)], strict=False)
            named |= {ast.unparse(name): each.value for name, each in pairs if isinstance(each, ast.Constant)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("audit.record", "audit.record_many"):
                act = node.args[0]
                found.add(act.value if isinstance(act, ast.Constant) else named.get(ast.unparse(act)))
    return {each for each in found if isinstance(each, str)}


def test_every_act_on_an_application_has_words():
    acts = recorded()
    assert {"review.keep_away", "review.declare_conflict", "selection.decide"} <= acts
    nameless = acts - HISTORY.keys() - set(TOO_MANY)
    assert {each for each in nameless if not each.startswith(ELSEWHERE)} == set()


@pytest.mark.django_db
def test_the_page_of_an_application_tells_no_name_of_an_act(sign_in):
    review_facts()
    office, assignment = UserFactory(coordinator=True), AssignmentFactory()
    UserFactory(advisor=True)
    conflict.keep_away(assignment.application, assignment.reader, relation="knows", by=office)

    page = sign_in(office).get(assignment.application.get_absolute_url()).text

    assert "a reader knows the student, so someone else is reading it" in page
    assert "review." not in page
