import io

import pytest
from pypdf import PdfReader

from exchange.base.home import home
from exchange.files.documents import pdf_of
from tests.factories import UserFactory
from tests.factories_travel import ContactFactory, PlacementFactory
from travel.placement.documents import family_letter, placement_letter, qr_code

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("language", "sign"), [("en", "Signature, name and title, for"), ("es", "Firma, nombre y cargo, por")]
)
def test_a_consulate_reads_whom_to_reach_and_who_signs(language, sign, settings, monkeypatch):
    settings.OFFICE_EMAIL, settings.OFFICE_PHONE = "abroad@example.gov", "+12135550148"
    for name, value in {
        "office_email": "",
        "office_phone": "",
        "address": "200 North Spring Street\nLos Angeles",
    }.items():
        monkeypatch.setattr(home(), name, value)
    placement = PlacementFactory(application__student__language=language)
    reader = PdfReader(io.BytesIO(pdf_of(placement_letter(placement))))
    text = " ".join(reader.pages[0].extract_text().split())
    assert len(reader.pages) == 1
    assert all(each in text for each in (sign, "+1 213-555-0148", "abroad@example.gov", "200 North Spring Street"))


@pytest.mark.parametrize(("language", "city"), [("en", "Hanoi"), ("es", "Hanói")])
def test_the_letter_is_in_the_students_language_and_can_be_read_aloud(language, city):
    placement = PlacementFactory(
        application__student__full_name="Marisol Reyes Ortega",
        application__student__language=language,
        trip__city__name_en="Hanoi",
        trip__city__name_es="Hanói",
    )
    reader = PdfReader(io.BytesIO(pdf_of(placement_letter(placement))))
    text = " ".join(reader.pages[0].extract_text().split())
    catalog = reader.trailer["/Root"]
    assert len(reader.pages) == 1
    assert catalog["/Lang"] == language
    assert catalog["/MarkInfo"]["/Marked"]
    assert "Marisol Reyes Ortega" in reader.metadata.title
    assert f"The trip goes to {city}" in text or f"El viaje es a {city}" in text
    assert all(word in text for word in ("LAX", "HAN", placement.code))
    assert placement.trip.program_es in text if language == "es" else placement.trip.program_en in text
    assert all(alt for alt in figures(catalog["/StructTreeRoot"]))


def figures(node):
    """The alternative texts of all figures in the tag tree; "" if one has none."""
    node = node.get_object()
    if not hasattr(node, "get"):
        return
    if node.get("/S") == "/Figure":
        yield node.get("/Alt", "")
    kids = node.get("/K") or []
    for kid in kids if isinstance(kids, list) else [kids]:
        yield from figures(kid)


def test_the_code_on_the_stub_is_a_drawing_with_a_title():
    drawing = qr_code("https://exchange.example.gov/placements/ABC/")
    assert drawing.startswith("<svg")
    assert "<title>" in drawing
    assert "style=" not in drawing


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_letter_for_the_family_is_one_sheet_with_whom_to_call(language, settings):
    settings.OFFICE_EMAIL, settings.OFFICE_PHONE = "abroad@example.gov", "+12135550148"
    placement = PlacementFactory(
        application__student__full_name="María Fernanda Guadalupe Villanueva de la Torre",
        application__cycle__covered_en="\n".join(["Flights from Los Angeles and back"] * 7),
        application__cycle__covered_es="\n".join(["Vuelos de Los Ángeles y de regreso"] * 7),
        trip__program_en="Mornings at the college with students who learn English. " * 7,
        trip__program_es="Mañanas en el colegio con estudiantes que aprenden inglés. " * 7,
        trip__host__name="Centro de Encuentro de Estudiantes de Oficios y Artes del Norte",
        trip__host__address="Calle de los Constituyentes de 1917, número 1200, colonia Centro",
    )
    for number in range(2):
        ContactFactory(host=None, trip=placement.trip, name=f"Pilar Arriaga {number}", phone="+1 213 555 0171")
    college = placement.application.college
    college.named_advisor = UserFactory(advisor=college, email="ada@example.edu", phone="+12135550199")
    college.save()

    reader = PdfReader(io.BytesIO(pdf_of(family_letter(placement, language))))

    text = " ".join(reader.pages[0].extract_text().split())
    assert len(reader.pages) == 1
    assert all(way in text for way in ("abroad@example.gov", "+1 213-555-0148", "+1 213-555-0199", "ada@example.edu"))
    assert "Lo que pagas" not in text  # a family is addressed as usted
