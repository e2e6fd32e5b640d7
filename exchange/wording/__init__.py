"""The office's own words in place of the portal's: an override of the catalog of translations (docs/adr/0004)."""
