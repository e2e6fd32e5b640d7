"""The permission to enter a country: what a traveler needs, where it stands, and visa days."""
