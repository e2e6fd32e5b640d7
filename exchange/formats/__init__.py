"""Number formats by language: each language has a folder with a module `formats`."""
