"""Exports the list of applications as CSV, XLSX or JSON, for the office. No other step imports it."""
