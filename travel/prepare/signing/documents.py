"""Documents of the time before departure as HTML for print: one function per document."""

from django.utils import translation

from exchange.base.paragraphs import blocks
from exchange.files.documents import for_print
from travel.models import SignedForm


def signed_form(signed: SignedForm) -> str:
    """What was signed, word for word, in the language in which it was read, with name, time and the words' hash.

    Fetch the signature with text and cycle, placement with trip and city, and contact.
    """
    with translation.override(signed.language):
        context = {
            "signed": signed,
            "text": signed.text,
            "blocks": blocks(signed.text.body),
            "call": signed.calls.select_related("called_by").first(),
            "trip": signed.placement.trip if signed.placement else None,
        }
        return for_print("travel/prepare/signed_form.html", context)
