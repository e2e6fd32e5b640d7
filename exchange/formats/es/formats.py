"""Numbers as in Mexico and the Spanish of the United States: 13.5 and 1,200. Other formats are Django's."""

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
