"""A trip's itinerary: written or read from a file by the office, published, read hour by hour."""
