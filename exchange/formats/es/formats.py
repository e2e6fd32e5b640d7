"""As in Mexico and in the Spanish of the United States: 13.5, and 1,200. Everything else is Django's."""

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
