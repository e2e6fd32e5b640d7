"""An empty required field says what to do, on every form."""

import importlib
import pkgutil
from collections.abc import Iterator

from django import forms
from django.utils import translation

from exchange.web.required import SENTENCES

APPS = ("exchange", "applications", "travel")
WITHOUT_FORMS = ("migrations", "asgi", "wsgi", "management")
DJANGO_SAYS = {"en": "This field is required.", "es": "Este campo es obligatorio."}


def every_form() -> set[type[forms.BaseForm]]:
    for app in APPS:
        package = importlib.import_module(app)
        for module in pkgutil.walk_packages(package.__path__, f"{app}."):
            if not any(part in WITHOUT_FORMS for part in module.name.split(".")):
                importlib.import_module(module.name)
    return {each for each in under(forms.BaseForm) if each.__module__.partition(".")[0] in APPS}


def under(kind: type) -> Iterator[type]:
    for each in kind.__subclasses__():
        yield each
        yield from under(each)


def test_no_form_says_only_that_a_field_is_required():
    found = every_form()
    assert len(found) > 200
    for language, unhelpful in DJANGO_SAYS.items():
        with translation.override(language):
            assert [
                f"{form.__module__}.{form.__qualname__}.{name}"
                for form in found
                for name, field in getattr(form, "base_fields", {}).items()
                if unhelpful in str(field.error_messages["required"])
            ] == []


def test_fields_that_a_form_makes_while_it_runs_say_what_to_do():
    kinds = {
        forms.CharField: "Fill this in.",
        forms.EmailField: "Enter an email address.",
        forms.DateField: "Choose a day.",
    }
    assert {kind: str(kind().error_messages["required"]) for kind in kinds} == kinds


def test_the_forms_that_people_use_most_name_what_is_missing():
    """Not only its kind: many say more, and these don't lose it."""
    own = {
        "ReportForm": "severity text where",
        "FlightForm": "carrier number from_code to_code who",
        "DecisionForm": "result",
        "BulkDecisionForm": "result",
        "TalkForm": "advisor how",
        "CallForm": "agreed",
        "SessionForm": "place",
        "PassportDayForm": "place address",
        "VisaDayForm": "place address",
        "FacilityForm": "name address",
        "ContactForm": "name",
        "HostForm": "name",
        "DataRequestForm": "kind",
        "GoForm": "reason",
        "DelayForm": "reason",
        "ReturnForm": "reason",
        "PaidForm": "reference",
    }
    of_kind = {str(sentence) for sentence in SENTENCES.values()}
    for form in every_form():
        for name in own.get(form.__name__, "").split():
            if name in form.base_fields:
                assert str(form.base_fields[name].error_messages["required"]) not in of_kind, (form, name)
