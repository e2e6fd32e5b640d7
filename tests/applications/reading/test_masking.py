from hypothesis import given
from hypothesis import strategies as st

from applications.base.folding import fold
from applications.models import CollegeClue
from applications.reading.clues import Clue, Kind, clues_of, find
from applications.reading.masking import Hidden, Mark, Piece, mask, paragraphs, plain

COLLEGES = (
    ("Los Angeles Valley College", "Valley"),
    ("Los Angeles Mission College", "Mission"),
    ("Los Angeles City College", "LACC"),
    ("East Los Angeles College", "ELAC"),
    ("Los Angeles Trade-Technical College", "Trade-Tech"),
)
CLUES = clues_of(
    [
        ("nickname", "LA Valley College", False),
        ("nickname", "Valley College", False),
        ("nickname", "East LA College", False),
        ("nickname", "Monarchs", False),
        ("short", "West", False),
        ("short", "City", False),
        ("except", "East and West", False),
        ("place", "Boyle Heights", False),
        ("place", "Commerce", True),
        ("place", "al Valle", True),
        ("street", "Vermont", False),
        ("street", "Florence", True),
        ("street", "Main", True),
        ("street", "Union", True),
        ("school", "Garfield", False),
        ("line", "the 405", False),
        ("except", "Silicon Valley", False),
    ]
)
MORE = Hidden(
    clues=(
        *CLUES,
        *clues_of(
            [
                ("street", "Ventura", True),
                ("place", "Bell", True),
                ("place", "by Universal", False),
                ("place", "at Universal", False),
            ]
        ),
    )
)
MARISOL = Hidden(names=("Marisol Reyes Ortega", "Mari"), colleges=COLLEGES, clues=CLUES)


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
    text = "My mission is a valley, not Silicon Valley."

    assert masked(text) == text


def test_dots_spaces_and_hyphens_do_not_hide_a_college():
    for text in ("L.A.C.C.", "L. A. C. C.", "L.A.T.T.C", "LACC’s", "lavc", "East L.A. College", "L.A. Valley College"):
        assert masked(f"Nights at {text} help.").startswith("Nights at [college]"), text
    assert masked("Go Monarchs!") == "Go [college]!"


def test_places_near_a_college_are_covered_however_they_are_written():
    for text in ("Boyle Heights", "boyle heights", "BOYLE-HEIGHTS", "BoyleHeights", "Bóyle  Heights"):
        assert masked(f"I grew up in {text}, by a park.") == "I grew up in [place], by a park.", text
    assert (
        masked("Boyle Heights’ park; Garfield’s team; the 405 at dawn")
        == "[place]’ park; [school]’s team; the [place] at dawn"
    )
    assert masked("We commerce in Commerce.") == "We commerce in [place]."
    assert masked("Llegué al Valle, al valle") == "Llegué al [place], al valle"


def test_streets_are_covered_with_what_crosses_them():
    assert masked("on Vermont Avenue, Vermont and 84th, Vermont and I") == "on [place], [place], [place] and I"
    assert masked("A shop at Florence and Main, por la Union y la 41") == "A shop at [place], por la [place]"
    assert masked("on Florence, en la Union") == "on [place], en la [place]"
    assert masked("St. Clair Street, 43rd Place, calle Mesa, la Octava") == "[place], [place], [place], la [place]"
    assert masked("the 212 bus, camión 70") == "the [place], [place]"


def test_the_grammar_around_what_is_covered_stays():
    """If "at" vanished with a short name, the gap would tell which college it is."""
    for text, shown in {
        "maintenance classes at West because it opens": "maintenance classes at [college] because it opens",
        "A stand on Ventura, by the 405, at Universal": "A stand on [place], by the [place], at [place]",
        "on 43rd, off 103rd, near 1st, sobre la 41": "on [place], off [place], near [place], sobre la [place]",
        "I wait on 43rd in the rain": "I wait on [place] in the rain",
        "Crecí en Bell y voy al Valle": "Crecí en [place] y voy al [place]",
    }.items():
        assert masked(text, MORE) == shown


def test_a_short_name_is_covered_with_the_words_of_a_college_around_it():
    for text, shown in {
        "The West crew; most West students": "The [college] crew; most [college] students",
        "West’s library, West gave me": "[college]’s library, [college] gave me",
        "West Campus is far. WEST IS OURS. Last fall, West gave me": (
            "[college] Campus is far. [college] IS OURS. Last fall, [college] gave me"
        ),
        "My first choice, City, and a college – West": "My first choice, [college], and a college – [college]",
        "For me West was the door. I chose City.": "For me [college] was the door. I chose [college].",
        "Los de West, el equipo del West, voy a City": "Los de [college], el equipo del [college], voy a [college]",
        "AT WEST I LEARNED (at West) “West”": "AT [college] I LEARNED (at [college]) “[college]”",
        "W e s t, w-e-s-t and W3st": "[college], [college] and [college]",
    }.items():
        assert masked(text) == shown, text


def test_a_direction_and_a_longer_name_are_no_college():
    for text in (
        "The West Coast, West Africa, Key West, a West-facing door, in the West",
        "I went West, and my father moved out West.",
        "East and West. West of here it rains. West rain falls.",
        "North, South, West. The roads led North, South and West, or North to West.",
        "Mexico City is big. New York City was cold. The City is far.",
        "City Hall, mid-City, at west, a city",
    ):
        assert masked(text) == text, text


def test_what_is_written_to_slip_through_is_covered():
    for text in (
        "l.a.c.c.",
        "l a c c",
        "e-l-a-c",
        "L A V C",
        "V a l l e y",
        "Va11ey",
        "H4rb",
        "ＬＡＣＣ",
        "LA\u200bCC",
        "LAValleyCollege",
        "Valley Coll",
    ):
        hidden = Hidden(colleges=(*COLLEGES, ("Harb College of the Sea", "Harb")), clues=CLUES)
        assert masked(f"Nights at {text}, then work.", hidden) in (
            "Nights at [college], then work.",
            "Nights at [college]., then work.",
        ), text
    assert masked("m i s s i o n s and a b c") == "m i s s i o n s and a b c".replace("m i s s i o n", "[college]")


def test_numbers_that_are_no_street_stay():
    for text in (
        "on 4th grade duty, at 7th period, on 1st place, the 18th of May, by 3rd grade",
        "de la 10 a la 12, a la 1 de la tarde, de la 20%",
        "en la segunda vez",
    ):
        assert masked(text) == text, text


def test_everyday_words_stay_though_streets_are_named_so():
    for text in (
        "My aunt Florence and Maria sing.",
        "The Union of painters, the European Union, Florence is in Italy.",
        "My main idea: from Union workers to Central America.",
        "Way to go, in any place, on this road; la segunda vez.",
        "I was seventeen in 2019; 12,000 tamales; 3.5 a minute; 1,140 songs.",
    ):
        assert masked(text) == text, text


def test_numbers_of_students_are_covered():
    hidden = Hidden(numbers=("88-123 4567",))

    assert masked("ID 881234567 or 88 123-4567, 900123456, 123-45-6789", hidden) == (
        "ID [number] or [number], [number], [number]"
    )
    assert masked("we were 1200000 or $12345678", hidden) == "we were [number] or $12345678"


def test_clues_are_found_as_they_stand_in_the_text():
    text = "Garfield and Boyle Heights"
    assert [(text[each.start : each.end], each.kind) for each in find(text, CLUES)] == [
        ("Garfield", Kind.SCHOOL),
        ("Boyle Heights", Kind.PLACE),
    ]


def test_kinds_of_clues_are_those_of_the_rows():
    assert {kind.value for kind in Kind} == set(CollegeClue.Kind.values)


@given(st.text(max_size=80), st.text(max_size=20), st.sampled_from(Kind), st.booleans())
def test_any_clue_leaves_the_rest_of_any_text(text, words, kind, is_word):
    rest = text
    for piece in mask(text, Hidden(clues=(Clue(kind, words, is_word),))):
        assert piece.text in rest
        rest = rest[rest.index(piece.text) + len(piece.text) :]


@given(st.sampled_from(["Boyle Heights", "Trade Tech", "Valley Glen", "Los Féliz"]), st.data())
def test_a_clue_is_found_in_any_case_and_with_any_gap(words, data):
    gap = data.draw(st.sampled_from([" ", "-", "  ", ". ", "\n"]))
    said = "".join(data.draw(st.sampled_from([char.lower(), char.upper()])) for char in words).replace(" ", gap)
    assert find(fold(f"in {said}, and")[0], (Clue(Kind.PLACE, words),))


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
    text = "From 2019-2020 I made 12,000 tamales, 3.5 a minute, at 10:30."

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
