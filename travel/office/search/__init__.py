"""One search over people and pages."""
