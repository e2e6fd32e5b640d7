"""The office's own words in place of the portal's, passage by passage (docs/adr/0090)."""
