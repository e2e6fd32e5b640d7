"""The demo's budgets: what each trip was planned to cost, who pays, and what it came to once its group is home."""

from decimal import Decimal

from travel.demo.book import Book
from travel.models import BudgetLine, Sponsor, Trip

# dollars for each seat by line, and who pays: the number of a sponsor, or the program; a real city enters its own
PLAN = (("Flights", 0, 1500), ("Lodging and local travel", None, 1350), ("Program and host", 1, 750))
BILLED_DAYS = 30
FAR, NEAR = 1.15, 0.65  # by how far the city is
NEAR_CITIES = {"durango"}


def write(book: Book) -> None:
    """For every trip without a budget; amounts vary by trip, the same in every demo of a seed."""
    rows, sponsors = [], list(Sponsor.objects.order_by("pk"))
    without = Trip.objects.filter(cycle__published_at__isnull=False, budget_lines=None)
    for trip in without.select_related("city").order_by("leaves_on", "pk"):
        far = NEAR if trip.city.code in NEAR_CITIES else FAR
        # flights are billed before a group leaves, the rest once it's home
        for place, (title, payer, each) in enumerate(PLAN):
            is_billed = trip.returned_at is not None or (place == 0 and trip.leaves_on < book.day(BILLED_DAYS))
            planned = round(each * far) * trip.seats
            drift = Decimal(book.draw.randint(-6, 9)) / 100
            rows.append(
                BudgetLine(
                    code=book.draw.code(),
                    trip=trip,
                    title=title,
                    sponsor=None if payer is None else sponsors[payer],
                    planned=planned,
                    actual=round(planned * (1 + drift), 2) if is_billed else None,
                )
            )
    BudgetLine.objects.bulk_create(rows)
