"""Every date of a passport, planned back from departure."""
