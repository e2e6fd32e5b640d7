"""A title states nothing that a true table inside the released ranges contradicts. Pure: every table is made up.

Each test draws ranges, and for each of them a table that lies inside; what the title says must be true of that table.
"""

import re

from hypothesis import assume, given
from hypothesis import strategies as st

from exchange.figures.counts import Range
from travel.outcomes import findings
from travel.outcomes.population import WEEKS, Item, Mark, Stage, Step
from travel.outcomes.published import Share

PATH = list(Stage)
LOST = {
    Stage.STARTED: "never send",
    Stage.SUBMITTED: "endorsed by their college",
    Stage.ENDORSED: "read by enough readers",
    Stage.SELECTED: "say no to their spot",
    Stage.CONFIRMED: "a passport in time",
    Stage.PASSPORT: "have a passport and stay home",
}


def around(draw, number, highest, is_told=None):
    """A range that holds the number, often the number alone."""
    if draw(st.booleans()) if is_told is None else is_told:
        return Range(number, number)
    return Range(draw(st.integers(0, number)), draw(st.integers(number, max(number, highest))))


@st.composite
def funnels(draw):
    """Numbers that only fall, often at one stage more than at all others, and ranges around them."""
    drops = draw(st.lists(st.sampled_from([0, 0, 0, 1, 2, 30]), min_size=len(PATH), max_size=len(PATH)))
    numbers = [sum(drops[place:]) for place in range(len(PATH))]
    is_told = draw(st.sampled_from([None, True]))
    return dict(zip(PATH, numbers, strict=True)), {
        stage: around(draw, number, 70, is_told) for stage, number in zip(PATH, numbers, strict=True)
    }


@given(funnels())
def test_where_most_are_lost_is_where_most_are_lost(funnel):
    true, told = funnel
    title = findings.of_stages(told)
    lost = {before: true[before] - true[after] for before, after in zip(PATH, PATH[1:], strict=False)}
    lost.pop(Stage.READ)  # those not chosen aren't lost
    for stage, words in LOST.items():
        if words in title:
            assert 2 * lost[stage] > sum(lost.values())


@st.composite
def shares(draw):
    """Years with their true numbers and what was told of them; in every second case a share that goes one way."""
    years, is_told = [], draw(st.booleans())
    tenths = draw(st.lists(st.integers(0, 10), min_size=1, max_size=4))
    for tenth in sorted(tenths, reverse=draw(st.booleans())) if is_told else tenths:
        of = draw(st.integers(10, 60))
        number = of * tenth // 10
        count = Range(number, number) if is_told else draw(st.sampled_from([around(draw, number, of), None]))
        years.append((number, of, Share(count, of)))
    return years


@given(shares())
def test_how_a_share_moved_over_the_years_is_how_it_moved(years):
    title = findings.of_years(Mark.ABROAD, [share for _number, _of, share in years])
    pairs = list(zip(years, years[1:], strict=False))
    if "a larger share" in title:
        assert all(now * of > then * was for (then, of, _told), (now, was, _same) in pairs)
    if "a smaller share" in title:
        assert all(now * of < then * was for (then, of, _told), (now, was, _same) in pairs)
    if "at least" in title:
        part = title.split("at least ")[1].split(" had ")[0]
        least, whole = (1, 2) if part == "half" else map(int, part.split(" in "))
        assert all(number * whole >= least * of for number, of, _share in years)


@st.composite
def groups(draw):
    true, told = {}, {}
    for name in "abcd"[: draw(st.integers(1, 4))]:
        true[name], told[name] = draw(funnels())
    return true, told


@given(groups())
def test_a_group_said_to_go_on_less_often_does(drawn):
    true, told = drawn
    title = findings.of_groups(told)
    steps = {
        "sent their application": (Stage.STARTED, Stage.SUBMITTED),
        "was selected": (Stage.SUBMITTED, Stage.SELECTED),
        "said yes": (Stage.SELECTED, Stage.CONFIRMED),
    }
    for words, (before, after) in steps.items():
        if words in title:
            group = title.partition(":")[0]
            least = true[group][after] / true[group][before]
            assert all(least < n[after] / n[before] for name, n in true.items() if name != group)


@st.composite
def waits(draw):
    travelers = draw(st.integers(0, 50))
    true, told = {}, {}
    for step in draw(st.sets(st.sampled_from(list(Step)), min_size=1)):
        numbers = sorted(draw(st.lists(st.integers(0, travelers), min_size=len(WEEKS), max_size=len(WEEKS))))
        true[step] = dict(zip(sorted(WEEKS), numbers, strict=True))
        told[step] = {weeks: around(draw, number, travelers) for weeks, number in true[step].items()}
    return travelers, true, told


@given(waits())
def test_the_step_that_takes_longest_does_and_half_is_half(drawn):
    travelers, true, told = drawn
    title = findings.of_waits(travelers, told)
    said = {"decision takes": Step.DECISION, "answer takes": Step.ANSWER, "passport takes": Step.PASSPORT}
    number = next((int(word) for word in title.split() if word.isdigit()), 0)
    for words, step in said.items():
        if words in title:
            assert 2 * (travelers - true[step][number]) > travelers  # most took more than so many weeks
            assert all(2 * counts[number] >= travelers for each, counts in true.items() if each is not step)
    if "Half or more" in title:
        assert 2 * true[Step.DECISION][number] >= travelers


@given(st.data())
def test_most_say_what_most_say(data):
    answered = data.draw(st.integers(0, 50))
    numbers = data.draw(st.lists(st.integers(0, answered), min_size=1, max_size=8))
    if data.draw(st.booleans()):  # most said so of each sentence
        numbers = [answered - number // 3 for number in numbers]
    told = [data.draw(st.sampled_from([around(data.draw, number, answered), None])) for number in numbers[:3]]
    numbers = numbers[:3]
    title = findings.of_survey(around(data.draw, answered, 60), told)
    most = sum(2 * number > answered for number in numbers)
    if "the sentence" in title or "all" in title:
        assert most == len(numbers)
    elif title:
        assert most >= int(title.split("at least ")[1].split()[0])


@given(st.lists(st.tuples(st.sampled_from(["Oslo", "Rome", "Lima"]), st.integers(1, 9000), st.integers(0, 9000))))
def test_a_trip_said_to_be_over_plan_is_and_by_so_much(costs):
    assume(len({trip for trip, _planned, _actual in costs}) == len(costs))
    title = findings.of_costs(costs)
    for trip, planned, actual in costs:
        percent = round(100 * (actual - planned) / planned)
        if f"{trip} came to" in title:
            assert f"{abs(percent)}% {'over' if percent > 0 else 'under'} plan" in title
    if "what was planned" in title:
        assert all(abs(actual - planned) * 200 <= planned for _trip, planned, actual in costs)


STUDIED = {"transferred": Item.TRANSFER, "earned": Item.AWARD, "enrolled": Item.ENROLLED}


@given(st.data(), st.integers(0, 60), st.integers(1, 3), st.booleans())
def test_a_sentence_about_studies_says_a_share_of_those_whose_college_told_us(data, known, year, is_told):
    true, told = {}, {}
    for item in STUDIED.values():
        yes, no = sorted([data.draw(st.integers(0, known)), data.draw(st.just(known) | st.integers(0, known))])
        true[item], no = (yes, known - no), known - no  # some say neither
        told[item] = around(data.draw, yes, known), around(data.draw, no, known)
    said = findings.of_studies(Range(known, known) if is_told else Range(0, known + 1), told, year)
    if not said:
        certain = [yes for yes, no in told.values() if yes.low and yes.low + no.low == known]
        assert not (is_told and certain)
        return
    students, low, high, did = re.match(r"Of (\d+) students, (?:(\d+) to )?(\d+)% (\w+)", said).groups()
    yes, no = true[STUDIED[did]]
    assert is_told and int(students) == known
    assert int(low or high) - 0.5 <= 100 * yes / known
    assert 100 * (known - no) / known <= int(high) + 0.5
    assert year == 1 or ("year" in said) == (did != "enrolled")


def test_the_first_year_is_about_enrolling_and_later_ones_about_transferring():
    told = {item: (Range(11, 11), Range(11, 11)) for item in Item}
    assert findings.of_studies(Range(22, 22), told, 1) == "Of 22 students, 50% enrolled again after the trip"
    later = "Of 22 students, 50% transferred to a four-year college in the second year"
    assert findings.of_studies(Range(22, 22), told, 2) == later
    assert findings.of_studies(None, told, 2) == ""
