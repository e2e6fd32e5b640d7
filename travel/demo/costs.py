"""The demo's budgets: what each trip was planned to cost, who pays, and what it came to once its group is home."""

from datetime import timedelta

from travel.demo.book import Book
from travel.models import Trip, TripCost

# dollars for each seat by line; a real city enters its own
PLAN = (
    ("Flights", "Airline (demo)", 1500),
    ("Lodging and local travel", "Mayor’s fund (demo)", 1350),
    ("Program and host", "Consulates (demo)", 750),
)
SOURCE = "Invented for the demo"
BILLED_DAYS = 30
FAR, NEAR = 1.15, 0.65  # by how far the city is
NEAR_CITIES = {"durango"}


def write(book: Book) -> None:
    """For every trip; amounts vary by trip, the same in every demo of a seed."""
    rows = []
    for trip in (
        Trip.objects.filter(cycle__published_at__isnull=False).select_related("city").order_by("leaves_on", "pk")
    ):
        far = NEAR if trip.city.code in NEAR_CITIES else FAR
        # flights are billed before a group leaves, the rest once it's home
        for place, (what, fund, each) in enumerate(PLAN):
            is_billed = trip.returned_at is not None or (place == 0 and trip.leaves_on < book.day(BILLED_DAYS))
            planned = round(each * far) * trip.seats * 100
            drift = book.draw.randint(-6, 9) / 100
            rows.append(
                TripCost(
                    code=book.draw.code(),
                    trip=trip,
                    what=what,
                    fund=fund,
                    planned_cents=planned,
                    actual_cents=round(planned * (1 + drift)) if is_billed else None,
                    source_name=SOURCE,
                    as_of=min(trip.leaves_on, book.today) - timedelta(days=30),
                )
            )
    TripCost.objects.bulk_create(rows)
