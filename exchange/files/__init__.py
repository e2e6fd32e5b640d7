"""Private files: storage, uploads, the virus scanner, PDFs, spreadsheets and calendar files."""
