"""A student's calendar feed: its private address and what it shows."""
