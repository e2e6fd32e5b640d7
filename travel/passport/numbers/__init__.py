"""Document numbers, asked for only where a visa or an airline needs them."""
