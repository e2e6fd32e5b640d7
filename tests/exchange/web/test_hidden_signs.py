"""A text with a NUL character, which no database stores, is refused in our own words, in both languages."""

from django import forms
from django.conf import settings
from django.utils import translation

from applications.apply.forms.recommendation import LetterForm


class OneText(forms.Form):
    text = forms.CharField()


def said(language):
    with translation.override(language):
        return str(OneText({"text": "a\0b"}).errors["text"][0])


def test_our_words_and_not_those_of_the_framework():
    english, *others = [said(code) for code, _name in settings.LANGUAGES]
    assert "hidden character" in english
    assert not any("null" in text.lower() or "nulo" in text.lower() or text == english for text in others)


def test_a_letter_is_told_the_same_and_keeps_its_words():
    form = LetterForm({"letter": "She stayed\0 late.", "seen": ""})
    assert "hidden character" in form.errors["letter"][0]
    assert "She stayed" in form["letter"].value()
