"""Documents of the time before departure as PDF: one function per document."""

from django.utils import translation

from exchange.base.paragraphs import blocks
from exchange.files.documents import render_pdf
from travel.models import SignedForm


def signed_form(signed: SignedForm) -> bytes:
    """What was signed, word for word, in the language in which it was read, with name, time and the words' hash.

    Fetch the signature with text and cycle, placement with trip and city, and contact.
    """
    with translation.override(signed.language):
        context = {
            "signed": signed,
            "text": signed.text,
            "blocks": blocks(signed.text.body),
            "trip": signed.placement.trip if signed.placement else None,
        }
        return render_pdf("travel/prepare/signed_form.html", context)
