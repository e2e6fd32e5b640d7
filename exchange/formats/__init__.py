"""How numbers are written, by language: `formats` of a folder named as the language."""
