"""The list of applications as CSV or XLSX, for the office. Nothing imports it."""
