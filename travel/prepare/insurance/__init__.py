"""Insurance policies of a trip."""
