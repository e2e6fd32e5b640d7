import io

import pytest
from django.template.loader import get_template
from pypdf import PdfReader
from weasyprint.urls import FatalURLFetchingError

from exchange.files import documents


def page(body, language="en", head=""):
    return f'<html lang="{language}"><head><title>Carta</title>{head}</head><body>{body}</body></html>'


def test_a_document_is_tagged_and_says_its_title_and_language():
    reader = PdfReader(io.BytesIO(documents.pdf_of(page("<h1>Hola, Ana</h1>", language="es"))))
    assert reader.metadata.title == "Carta"
    catalog = reader.trailer["/Root"]
    assert catalog["/Lang"] == "es"
    assert catalog["/MarkInfo"]["/Marked"]
    assert "Hola, Ana" in reader.pages[0].extract_text()


def test_a_document_reads_its_style_and_fonts_from_disk():
    style = '<link rel="stylesheet" href="static:exchange/css/document.css">'
    reader = PdfReader(io.BytesIO(documents.pdf_of(page("<h1>Hola</h1>", head=style))))
    (fonts,) = [page["/Resources"]["/Font"] for page in reader.pages]
    assert any("Bricolage" in font.get_object()["/BaseFont"] for font in fonts.values())


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/a.png",
        "file:///etc/hostname",
        "data:image/png;base64,AAAA",
        "static:missing.png",
        "static:../../manage.py",
    ],
)
def test_a_document_refuses_every_other_address(address):
    with pytest.raises(FatalURLFetchingError):
        documents.pdf_of(page(f'<img alt="" src="{address}">'))


def test_the_print_base_uses_only_static_addresses():
    assert "://" not in get_template("documents/base.html").template.source
