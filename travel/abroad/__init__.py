"""On the trip: what a student needs there, behind a link of its own instead of a sign-in."""
