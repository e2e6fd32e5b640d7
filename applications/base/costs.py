"""What a passport costs and who pays, in words: for the public page, the offer and the passport.

The amount of `passport.fee.<name>` is a dated Fact. What the city pays of it is said by each cycle's own rows, which
`travel` reads; what they don't promise, the line says to ask about. Reads only; two queries.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from applications.base.money import Cost, Shares, Table, table_of
from applications.models import Cycle
from exchange.models import Fact
from exchange.reference.source_names import source_name

FEE = "passport.fee."
# a first passport, applied for in person with routine service
FIRST = ("application", "execution", "photo")
# what some students need as well; not in the total
MAYBE = ("birth_certificate", "expedite", "fast_return")
BY_MAIL, ON_THE_SITE = "mail", "site"
PAYEES = {
    "execution": gettext_lazy("paid separately at the counter"),
    "photo": gettext_lazy("to the place that takes your photo"),
    "birth_certificate": gettext_lazy("to the county. Other counties and states set their own prices."),
}
TO_STATE = gettext_lazy("to the State Department, by check or money order")
TO_STATE_ONLINE = gettext_lazy("to the State Department, on its website")


@dataclass(frozen=True, slots=True)
class Promised:
    """Of one fee, in dollars: what the city pays with a voucher, what the student gets back after paying first, and
    within how many days of the receipt. None: nobody has said.
    """

    city: Decimal | None = None
    back: Decimal | None = None
    days: int | None = None


NOTHING = Promised()
type Teller = Callable[[Cycle], Mapping[str, Promised]]
_tellers: list[Teller] = []


def register(teller: Teller) -> None:
    """Register the function that knows what a cycle promises. `travel` calls it in AppConfig.ready, because this app
    cannot import `travel`."""
    _tellers.append(teller)


@dataclass(frozen=True, slots=True)
class CostLine:
    label: str
    amount: str
    payee: str
    who: str


@dataclass(frozen=True, slots=True)
class CostSource:
    """Like `travel.base.sources.Source`: as_of, name, url, is_reliable."""

    as_of: date
    name: str
    url: str
    is_reliable: bool


@dataclass(frozen=True, slots=True)
class CostTable:
    """`sums`: (label, amount) of the total and of each share that isn't zero; they add up to the total."""

    lines: tuple[CostLine, ...]
    total_label: str
    total: str
    sums: tuple[tuple[str, str], ...]
    maybe: tuple[CostLine, ...]
    sources: tuple[CostSource, ...]
    money: Table
    promises: tuple[str, ...]  # what the city pays, for a list of promises


def usual(cycle: Cycle) -> CostTable | None:
    """For somebody who doesn't have a passport yet; None without any fee among the facts.

    A visa is a line of its own: its fee depends on the city, and who pays it has no dated source.
    """
    promised = next((teller(cycle) for teller in _tellers), {})
    table = costs(FIRST, promised, maybe=MAYBE, total_label=_("Total for a first passport, routine service"))
    if table is None:
        return None
    visa = CostLine(
        label=_("Visa or travel authorization, if your city asks for one"),
        amount=_("depends on the city"),
        payee="",
        who=_("Before you pay, ask us if the city will cover this."),
    )
    return replace(table, maybe=(*table.maybe, visa))


def costs(
    names: Sequence[str],
    promised: Mapping[str, Promised],
    *,
    maybe: Sequence[str] = (),
    total_label: str,
    online: bool = False,
    vouchers: Mapping[str, Decimal] | None = None,
) -> CostTable | None:
    """The table of these fees, which are in the total, and of those that `maybe` come on top.

    `vouchers`: what the city has already given this student for a fee, which counts more than a promise.
    """
    keys = [FEE + name for name in (*names, *maybe)]
    facts = {fact.key: fact for fact in Fact.objects.current().filter(key__in=keys)}
    given = {name: replace(promised.get(name, NOTHING), city=amount) for name, amount in (vouchers or {}).items()}
    promised = {**promised, **given}
    rows = [name for name in names if FEE + name in facts]
    if not rows:
        return None
    money = table_of(_cost(name, facts, promised) for name in rows)
    extra = table_of(_cost(name, facts, promised) for name in maybe if FEE + name in facts)
    fees = [facts[FEE + cost.key] for cost, _shares in (*money.lines, *extra.lines)]
    return CostTable(
        lines=tuple(_line(cost, shares, facts, promised, online=online) for cost, shares in money.lines),
        total_label=total_label,
        total=_about(dollars(money.total), is_reliable=money.is_reliable),
        sums=_sums(money),
        maybe=tuple(_line(cost, shares, facts, promised, online=online) for cost, shares in extra.lines),
        sources=tuple(
            dict.fromkeys(
                CostSource(fee.as_of, source_name(fee.source_name), fee.source_url, fee.is_reliable) for fee in fees
            )
        ),
        money=money,
        promises=tuple(_promise(cost, shares, facts) for cost, shares in money.lines + extra.lines if shares.city),
    )


def _cost(name: str, facts: Mapping[str, Fact], promised: Mapping[str, Promised]) -> Cost:
    fee, said = facts[FEE + name], promised.get(name, NOTHING)
    return Cost(name, fee.value, fee.is_reliable, said.city, said.back)


def _line(
    cost: Cost, shares: Shares, facts: Mapping[str, Fact], promised: Mapping[str, Promised], *, online: bool
) -> CostLine:
    payee = PAYEES.get(cost.key, TO_STATE_ONLINE if online else TO_STATE)
    amount = _about(dollars(cost.amount), is_reliable=cost.is_reliable)
    days = promised.get(cost.key, NOTHING).days
    return CostLine(facts[FEE + cost.key].label, amount, str(payee), _who(shares, days))


def _who(shares: Shares, days: int | None) -> str:
    """Who pays one cost: a sentence for each share."""
    if shares.unknown:
        return _("Before you pay, ask us if the city will cover this.")
    said = []
    if shares.city:
        text = _(
            "The city pays this with a voucher. Before your appointment, ask your advisor for the voucher, and"
            " ask how to use it."
        )
        if shares.city < shares.total:
            text = _(
                "The city pays %(amount)s of it with a voucher. Before your appointment, ask your advisor for the"
                " voucher, and ask how to use it."
            )
        said.append(text % {"amount": dollars(shares.city)})
    if shares.back:
        said.append(_("You pay %(amount)s up front and get it back.") % {"amount": dollars(shares.back)})
        said.append(_how_back(days))
    if shares.own:
        said.append(_("You pay %(amount)s.") % {"amount": dollars(shares.own)})
    return " ".join(said)


def _how_back(days: int | None) -> str:
    if days is None:
        return _("Keep the receipt. Ask us how to get the money back, and by when.")
    text = ngettext(
        "Send us the receipt, and you’ll have the money within %(days)s day.",
        "Send us the receipt, and you’ll have the money within %(days)s days.",
        days,
    )
    return text % {"days": days}


def _sums(money: Table) -> tuple[tuple[str, str], ...]:
    shares = money.shares
    rows = (
        (_("The city pays"), shares.city),
        (_("You pay up front and get back"), shares.back),
        (_("You pay"), shares.own),
        (_("Ask us about this part"), shares.unknown),
    )
    return tuple((label, _about(dollars(value), is_reliable=money.is_reliable)) for label, value in rows if value)


def _promise(cost: Cost, shares: Shares, facts: Mapping[str, Fact]) -> str:
    return _("%(fee)s, up to %(amount)s") % {"fee": facts[FEE + cost.key].label, "amount": dollars(shares.city)}


def _about(amount: str, *, is_reliable: bool) -> str:
    return amount if is_reliable else _("about %(amount)s") % {"amount": amount}


def dollars(amount: Decimal) -> str:
    return f"${amount:,.0f}" if amount == amount.to_integral_value() else f"${amount:,.2f}"
