"""Forms that students, guardians, leaders and hosts sign before departure: their words, signatures and PDFs."""
