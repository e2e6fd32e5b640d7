"""The merge of versions from devices that were offline: in any order the state is the same, and no text is lost."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from applications.base.merge import FieldState, Version, merge, rivals, same, shown, write

VALUES = st.sampled_from(["", None, "a", "ab", "abc", 1, True, ["x"], [], "1"])


@dataclass
class Device:
    """A phone: numbers its versions, and knows the last state that it received from the server."""

    name: str
    number: int = 0
    seen: dict[str, int] = field(default_factory=dict)

    def types(self, value, typed_at: int) -> tuple[Version, dict[str, int]]:
        self.number += 1
        made = (Version(self.name, self.number, value, typed_at), dict(self.seen))
        self.seen[self.name] = self.number
        return made

    def hears(self, state: FieldState) -> None:
        self.seen = {name: max(self.seen.get(name, 0), state.seen.get(name, 0)) for name in {*self.seen, *state.seen}}


@st.composite
def histories(draw):
    """Steps of three devices: type something, send all versions to the server, read the server's page."""
    devices = [Device("a"), Device("b"), Device("c")]
    server, outbox, everything = FieldState(), {device.name: [] for device in devices}, []
    for moment in range(draw(st.integers(1, 14))):
        device = draw(st.sampled_from(devices))
        match draw(st.sampled_from(["type", "type", "send", "read"])):
            case "type":
                made = device.types(draw(VALUES), moment if draw(st.booleans()) else 0)
                outbox[device.name].append(made)
                everything.append(made)
            case "send":
                for version, seen in outbox[device.name]:
                    server = write(server, version, seen)
                outbox[device.name].clear()
            case "read":
                device.hears(server)
    return everything


def play(writes) -> FieldState:
    state = FieldState()
    for version, seen in writes:
        state = write(state, version, seen)
    return state


@given(histories(), st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_ends_in_the_same_state(everything, random):
    shuffled = everything + random.choices(everything, k=len(everything)) if everything else []
    random.shuffle(shuffled)

    assert play(shuffled) == play(everything)


@given(histories())
def test_no_value_is_lost_unless_who_wrote_over_it_had_seen_it(everything):
    kept = {version.dot for version in play(everything).versions}

    for version, _seen in everything:
        replaced = any(
            later.number > version.number
            if later.device == version.device
            else seen.get(version.device, 0) >= version.number
            for later, seen in everything
            if later is not version
        )
        assert (version.dot in kept) != replaced


@given(histories())
def test_everything_kept_that_says_something_is_on_the_page(everything):
    state = play(everything)
    on_the_page = [version.value for version in (shown(state), *rivals(state)) if version]

    for version in state.versions:
        assert version.is_empty or any(same(version.value, value) for value in on_the_page)
    # and nothing is offered twice
    assert all(not same(one, two) for place, one in enumerate(on_the_page) for two in on_the_page[:place])


@given(histories(), histories(), histories())
def test_states_merge_in_any_grouping(one, two, three):
    # the three histories use the same device names, so numbers clash, as after a phone's storage was cleared
    a, b, c = play(one), play(two), play(three)

    assert merge(a, b) == merge(b, a)
    assert merge(merge(a, b), c) == merge(a, merge(b, c))
    assert merge(a, a) == a


@given(histories(), VALUES)
def test_a_choice_made_with_everything_in_sight_ends_the_matter(everything, value):
    state = play(everything)

    chosen = write(state, Version("page", 1, value, typed_at=99), state.seen)

    assert [version.value for version in chosen.versions] == [value]
    assert rivals(chosen) == ()


def test_two_phones_apart_keep_both_words():
    state = write(FieldState(), Version("bus", 1, "I grew up by the river.", 1000), {})
    state = write(state, Version("library", 1, "I grew up by the sea.", 2000), {})

    assert shown(state).value == "I grew up by the sea."
    assert [rival.value for rival in rivals(state)] == ["I grew up by the river."]


def test_going_on_after_reading_replaces():
    state = write(FieldState(), Version("bus", 1, "I grew", 1000), {})
    state = write(state, Version("library", 1, "I grew up", 2000), state.seen)

    assert [version.value for version in state.versions] == ["I grew up"]


def test_emptied_on_one_phone_and_written_on_the_other_keeps_the_words():
    state = write(FieldState(), Version("bus", 1, "river", 1000), {})
    apart = [(Version("bus", 2, "", 5000), state.seen), (Version("library", 1, "the river", 2000), state.seen)]

    for order in (apart, apart[::-1]):
        after = state
        for version, seen in order:
            after = write(after, version, seen)
        assert shown(after).value == "the river"
        assert rivals(after) == ()


def test_an_older_write_that_arrives_late_changes_nothing():
    newer = write(FieldState(), Version("bus", 2, "river and sea", 2000), {"bus": 1})

    assert write(newer, Version("bus", 1, "river", 1000), {}) == newer


def test_one_is_not_true():
    assert not same(1, True)
    assert not same("1", 1)
    assert same(None, "") and same([], None)
