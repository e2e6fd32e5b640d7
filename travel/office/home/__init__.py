"""The first pages: what the office, an advisor and a student have to do today, and a student's journey."""
