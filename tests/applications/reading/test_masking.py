from hypothesis import given
from hypothesis import strategies as st

from applications.reading.masking import Hidden, Mark, Piece, mask, paragraphs, plain

COLLEGES = (
    ("Los Angeles Valley College", "Valley"),
    ("Los Angeles Mission College", "Mission"),
    ("Los Angeles City College", "LACC"),
    ("East Los Angeles College", "ELAC"),
    ("Los Angeles Trade-Technical College", "Trade-Tech"),
)
MARISOL = Hidden(names=("Marisol Reyes Ortega", "Mari"), colleges=COLLEGES)


def masked(text, hidden=MARISOL):
    return plain(mask(text, hidden))


def test_the_name_is_covered_in_every_form():
    assert masked("I am Marisol Reyes Ortega.") == "I am [name]."
    assert masked("MARISOL here; they say marisol or Mari.") == "[name] here; they say [name] or [name]."
    assert masked("Ms. Ortega’s niece") == "Ms. [name]’s niece"
    assert masked("Ortega-Reyes, Marisol Ortega") == "[name], [name]"


def test_accents_do_not_hide_a_name():
    hidden = Hidden(names=("José Núñez",))

    assert masked("jose nunez, José, NÚÑEZ, Nu\u0301n\u0303ez!", hidden) == "[name], [name], [name], [name]!"


def test_words_that_only_contain_a_name_stay():
    assert masked("Marisolana, remarimba", MARISOL) == "Marisolana, remarimba"


def test_a_name_that_is_a_word_is_covered_only_with_a_capital():
    hidden = Hidden(names=("Hope Young",))

    assert masked("I hope the young ones ask Hope or YOUNG.", hidden) == "I hope the young ones ask [name] or [name]."


def test_particles_of_a_name_stay():
    hidden = Hidden(names=("Ana de la Cruz",))

    assert masked("la casa de Ana", hidden) == "la casa de [name]"
    assert masked("Ana de la Cruz", hidden) == "[name]"


def test_colleges_are_covered_by_each_of_their_names():
    for text in (
        "Los Angeles Valley College",
        "LA Valley College",
        "L.A. Valley College",
        "valley college",
        "LAVC",
        "Valley",
        "lacc",
        "East LA College",
        "trade tech",
        "LATTC",
        "Los Angeles Trade Technical College",
    ):
        assert masked(f"I study at {text}, nights.") == "I study at [college], nights.", text


def test_a_plain_word_is_no_college():
    text = "My mission is a valley; Mission Street, Sun Valley, the San Fernando Valley."

    assert masked(text) == text


def test_other_schools_are_covered_too():
    for text in (
        "James A. Garfield High School",
        "Garfield High",
        "Belmont Middle School",
        "Rio Hondo Community College",
        "College of the Canyons",
        "University of Guadalajara",
        "Universidad de Guadalajara",
        "Preparatoria Lázaro Cárdenas",
        "Colegio San José",
    ):
        assert masked(f"After {text}, I worked.") == "After [school], I worked.", text
        assert masked(f"Fui a {text}.") == "Fui a [school].", text
    assert masked("At LA Valley College and Garfield High School") == "At [college] and [school]"


def test_school_as_such_is_no_school():
    text = "The College helped. In high school I was shy; High school is long. A community college is near. La escuela."

    assert masked(text) == text


def test_a_title_of_a_referee_stays():
    hidden = Hidden(names=("Prof. Elena Duarte",))

    assert masked("My Prof. says, Dr. Duarte and Elena", hidden) == "My Prof. says, Dr. [name] and [name]"


def test_contacts_and_full_dates_are_covered():
    assert masked("mari@example.edu") == "[email]"
    assert masked("call (213) 555-0142 or +52 33 1234 5678.") == "call [phone] or [phone]."
    assert masked("see https://example.com/me?x=1, mari.example.com or @mari_draws.") == "see [link], [link] or [link]."
    assert masked("born March 9, 2005 (3/9/2005), el 9 de marzo de 2005") == "born [date] ([date]), el [date]"


def test_years_and_amounts_stay():
    text = "From 2019-2020 I made 12,000 tamales, 3.5 a minute, on route 720 at 10:30."

    assert masked(text) == text


def test_overlapping_finds_become_one_mark():
    assert mask("marisol.reyes@example.edu", MARISOL) == (Piece(mark=Mark.EMAIL),)


def test_paragraphs_are_kept_apart():
    assert paragraphs("One.\n\nTwo, Mari.\r\n\r\n ", MARISOL) == (
        (Piece("One."),),
        (Piece("Two, "), Piece(mark=Mark.NAME), Piece(".")),
    )


@given(st.text(), st.text(max_size=20), st.text(max_size=20))
def test_nothing_is_lost_or_added_around_the_marks(text, name, college):
    pieces = mask(text, Hidden(names=(name,), colleges=((college, college),)))

    rest = text
    for piece in pieces:
        if piece.text:
            assert piece.text in rest
            rest = rest[rest.index(piece.text) + len(piece.text) :]
    if all(piece.mark is None for piece in pieces):
        assert "".join(piece.text for piece in pieces) == text
