"""A plane ticket's name compared with a passport's: realistic pairs, and what must hold for any name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from travel.base.names import FullName, Result, UnreadableName, compare, machine_line

# passport | ticket | result | findings; "surnames, given names"
PAIRS = """
Reyes Ortega, Marisol | REYES ORTEGA, MARISOL | same |
García, Lucía | GARCIA, LUCIA | same | accents
GARCÍA LÓPEZ, JOSÉ MARÍA | GARCIALOPEZ, JOSEMARIA | same | accents spacing
García-López, Ana | GARCIA LOPEZ, ANA | same | accents
García-López, Ana | GARCIALOPEZ, ANA | same | accents spacing
Núñez, Íñigo | NUNEZ, INIGO | same | accents
Núñez, Íñigo | NUNXXEZ, INIGO | same | accents
Müller, Jörg | MUELLER, JOERG | same | accents
Müller, Jörg | MULLER, JORG | same | accents
Müller, Jörg | MUXXLLER, JOERG | same | accents
Weiß, Anna | WEISS, ANNA | same | accents
Søndergård, Åse | SOENDERGAARD, AASE | same | accents
Søndergård, Åse | SONDERGARD, ASE | same | accents
Œuvrard, Chloë | OEUVRARD, CHLOE | same | accents
Łukasiewicz, Michał | LUKASIEWICZ, MICHAL | same | accents
Đặng, Thị Hương | DANG, THI HUONG | same | accents
Nguyễn, Văn An | NGUYEN, VAN AN | same | accents
O'Brien, Sean | OBRIEN, SEAN | same |
O’Brien, Seán | O BRIEN, SEAN | same | accents spacing
D'Angelo, Luca | DANGELO, LUCA | same |
Þórsdóttir, Guðrún | THORSDOTTIR, GUDRUN | same | accents
de la Cruz, María | DELACRUZ, MARIA | same | accents spacing
St. John, Amy | STJOHN, AMY | same | spacing
Reyes Ortega, Marisol | REYES ORTEGA, MARISOLMS | same | title_joined
Reyes Ortega, Marisol | REYES ORTEGA, MARISOL MRS | same | title_joined
Chen, Li | CHEN, LI | same |
Suharto, | , SUHARTO | ask | single_name
Suharto, | SUHARTO, FNU | ask | single_name
Suharto, FNU | SUHARTO, | ask | single_name
Suharto, FNU | SUHARTO, FNU | same |
Suharto, FNU | SUHARTO, SUHARTO | ask | single_name
Suharto, FNU | FNU, SUHARTO | ask | single_name
Suharto, | LNU, SUHARTO | ask | single_name
Suharto, | SUHARTO, MR | ask | single_name
Nguyen, Nguyen | NGUYEN, NGUYEN | same |
Nguyen, | NGUYEN, NGUYEN | ask | single_name
Nguyen, Nguyen | NGUYEN, | ask | single_name
Suharto, Ahmad | SUHARTO, FNU | different | other_name
Nguyen, Thi Huong | NGUYENTHI, HUONG | ask | run_together
Nguyễn, Thị Hương | NGUYENTHI, HUONG | ask | run_together
Nguyen, Thi Huong | NGUYENTHI, HUONGMS | ask | run_together
Nguyen, Thi Huong | NGUYEN THI, HUONG | ask | moved
Nguyen, Thi Huong | NGUYEN, THIHUONG | same | spacing
Nguyen, Thi Huong | NGUYENTHI, | ask | run_together
Nguyen, Thi | NGUYENTHI, | ask | run_together
NguyenThi, Huong | NGUYEN, THI HUONG | ask | run_together
Nguyen, Nguyen | NGUYENNGUYEN, | ask | run_together
Nguyen, Thi Huong | NGUYENTHU, HUONG | different | given_name_missing other_name
Reyes Ortega, Marisol | REYES, MARISOL | ask | surname_missing
Reyes Ortega, Marisol | ORTEGA, MARISOL | ask | surname_missing
Reyes Ortega, Marisol | ORTEGA REYES, MARISOL | ask | surnames_turned
Reyes Ortega, Marisol | REYES, MARISOL ORTEGA | ask | moved
Lee, Anna Maria | LEE, ANNA | ask | given_name_missing
Lee, Anna Maria | LEE, MARIA | ask | given_name_missing
Lee, Anna Maria | LEE, ANNA M | ask | given_name_initial
Lee, Anna Maria | LEE, ANNAMS | ask | title_joined given_name_missing
Lee, Anna | LEE, ANNA MARIA | ask | name_added
Lee, Anna | LEE KIM, ANNA | ask | name_added
Baker Jr., Tom | BAKER, TOM | ask | suffix
Baker, Tom | BAKER, TOM JR | ask | suffix
Baker III, Tom | BAKER, TOM III | ask | moved
Baker, Tom | BAKER, TOM SR | ask | suffix
Baker, Tom SR | BAKER, TOM | ask | suffix
Baker, Tom | BAKER SR, TOM | ask | suffix
Baker, Tom | BAKER, TOMSR | ask | suffix
Baker, Tom | BAKER, TOMJR | ask | suffix
Reyes, Marisol | REYES, MARISOL SRA | same | title_joined
Alexan, Ana | ALEXAN, ANADR | different | other_name
Smith, Alexandre | SMITH, ALEXANDR | different | likely_slip
Lee, Anna M | LEE, ANNA MARIA | ask | given_name_initial
Lee, Anna | LEE, | different | other_name
Villa, Maximiliano | VILLA, MAXI | different | other_name
Kim, Min Jun | KIM, JUN MIN | ask | moved
Reyes Ortega, Marisol | MARISOL, REYES ORTEGA | different | swapped
Lee, Anna | ANNA, LEE | different | swapped
Reyes, Marisol | REYES, MARSIOL | different | likely_slip
Reyes, Marisol | REYES, MARISSOL | different | likely_slip
Reyes, Marisol | REYEZ, MARISOL | different | likely_slip
Gonzalez, Ana | GONSALEZ, ANA | different | likely_slip
Gutierrez, Robert | GUTIERREZ, BOB | different | other_name
Park, Soo | KIM, SOO | different | other_name
Lee, Anna Maria | LEE, A MARIA | different | other_name
Ortega, Guadalupe | ORTEGA, LUPE | different | other_name
"""


def name(text: str) -> FullName:
    surnames, _comma, rest = text.partition(",")
    return FullName(surnames.strip(), rest.strip())


ROWS = [[cell.strip() for cell in line.split("|")] for line in PAIRS.strip().splitlines()]


@pytest.mark.parametrize(("passport", "ticket", "result", "findings"), ROWS, ids=lambda cell: cell)
def test_pairs_as_they_happen(passport, ticket, result, findings):
    found = compare(name(passport), name(ticket))

    assert (found.result, " ".join(found.findings)) == (result, findings)


def test_a_name_that_is_cut_off_where_the_booking_is_full_asks():
    passport, ticket = name("Villavicencio Echeverría, Maximiliano"), name("VILLAVICENCIO ECHEVERRIA, MAXI")

    assert compare(passport, ticket).result == Result.DIFFERENT
    found = compare(passport, ticket, ticket_places=27)
    assert (found.result, found.findings) == (Result.ASK, ("accents", "cut_off"))


def test_what_to_type_is_said_in_the_letters_of_the_passport():
    assert compare(name("Núñez-Müller, Zoë"), name("X, Y")).machine == FullName("NUNEZ MUELLER", "ZOE")


@pytest.mark.parametrize(
    ("printed", "line", "fits"),
    [
        ("Eriksson, Anna Maria", "ERIKSSON<<ANNA<MARIA" + 19 * "<", True),  # the specimen of ICAO Doc 9303
        ("O'Connor-Smith, John", "OCONNOR<SMITH<<JOHN" + 20 * "<", True),
        ("Suharto,", "SUHARTO" + 32 * "<", True),
        (", Suharto", "SUHARTO" + 32 * "<", True),
        ("Nilavadhanananda Arnpol, Chayapa Dejthamrong", "NILAVADHANANANDA<ARNPOL<<CHAYAPA<DEJTHA", False),
    ],
)
def test_the_first_line_of_a_passport(printed, line, fits):
    assert machine_line(name(printed)) == (line, fits)


@pytest.mark.parametrize("text", ["", "王, 小明", "…, 123"])
def test_a_name_without_a_letter_goes_to_a_person(text):
    for act in (lambda: machine_line(name(text)), lambda: compare(name(text), name("Lee, Anna"))):
        with pytest.raises(UnreadableName):
            act()


NAMES = st.text(st.sampled_from("abcñöüáßłøœ -'"), min_size=1, max_size=14).filter(lambda text: text.strip(" -'"))


@given(surnames=NAMES, given_names=NAMES)
def test_a_name_is_its_own_in_whatever_way_a_machine_writes_it(surnames, given_names):
    passport = FullName(surnames, given_names)
    found = compare(passport, passport)

    assert (found.result, found.findings) == (Result.SAME, ())
    assert compare(passport, found.machine).result == Result.SAME


@given(surnames=NAMES, given_names=NAMES, other=NAMES)
def test_whatever_the_names_the_judgement_fits_its_findings(surnames, given_names, other):
    found = compare(FullName(surnames, given_names), FullName(other, given_names))

    assert (found.result == Result.SAME) or found.findings
    line, fits = machine_line(FullName(surnames, given_names))
    assert len(line) == 39
    assert fits == (len(line.rstrip("<")) == len(machine_line(FullName(surnames, given_names), 99)[0].rstrip("<")))


WORDS = st.sampled_from(
    ["ANA", "MARIA", "NGUYEN", "THI", "REYES", "SR", "JR", "FNU", "M", "NGUYENTHI", "ANAMARIA", "LI"]
)
FIELDS = st.lists(WORDS, max_size=3).map(" ".join)


@given(st.builds(FullName, FIELDS, FIELDS), st.builds(FullName, FIELDS, FIELDS))
def test_the_result_is_the_same_whichever_name_is_the_passports(one, other):
    if (one.surnames or one.given) and (other.surnames or other.given):
        assert compare(one, other).result == compare(other, one).result


@given(
    st.builds(FullName, FIELDS, FIELDS),
    st.builds(FullName, FIELDS, FIELDS),
    st.sampled_from(["", "", "MR", " MS", "MSTR", " DR"]),
    st.sampled_from([None, 1, 8]),
)
def test_only_the_same_letters_are_the_same_name(passport, ticket, title, places):
    if not (passport.surnames or passport.given) or not (ticket.surnames or ticket.given):
        return
    typed = FullName(ticket.surnames, ticket.given + title if ticket.given else "")
    result = compare(passport, typed, ticket_places=places).result

    def letters(name):
        return name.surnames.replace(" ", ""), name.given.replace(" ", "")

    is_same = letters(passport) in (letters(typed), letters(ticket))
    assert (result == Result.SAME) == is_same


@given(st.text("ABCDEFGH", min_size=2, max_size=12), st.data())
def test_a_given_name_that_is_cut_off_is_never_the_same(whole, data):
    end = data.draw(st.integers(1, len(whole) - 1))
    for places in (None, 1):
        found = compare(FullName("REYES", whole), FullName("REYES", whole[:end]), ticket_places=places)
        assert found.result != Result.SAME
