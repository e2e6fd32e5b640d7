"""An empty required field says what to do, on every form."""

import importlib
import pkgutil
from collections.abc import Iterator

from django import forms
from django.utils import translation

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
