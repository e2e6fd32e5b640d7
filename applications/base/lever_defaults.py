"""The default levers of a new cycle, by which a committee may keep seats: named definitions, in both languages.

Data. `actions.committee` copies them to the cycle's rows, which the office then edits. All of them are about
opportunity, none about identity (docs/adr/0015).
Source: domain reference 4.1 and 6.2.
"""

from typing import Any

DISTRICTS = tuple(str(number) for number in range(1, 16))

DEFAULT_LEVERS: list[dict[str, Any]] = [
    {
        "kind": "first_generation",
        "question_key": "parents_education",
        "values": ["no_college", "some_college"],
        "definition_en": "Neither parent has a four-year degree, according to the student.",
        "definition_es": "Ni el papá ni la mamá tiene título universitario, según dice quien hace la solicitud.",
    },
    {
        "kind": "need",
        "question_key": "fee_waiver",
        "values": ["yes"],
        "definition_en": "The student gets a Pell Grant or a fee waiver.",
        "definition_es": "Tiene una exención de cuotas o una beca Pell.",
    },
    {
        "kind": "first_trip",
        "question_key": "first_abroad",
        "values": [True],
        "definition_en": "The student has never left the country.",
        "definition_es": "Nunca ha salido del país.",
    },
    {
        "kind": "district",
        "question_key": "council_district",
        "values": list(DISTRICTS),
        "definition_en": "The city council district where the student lives.",
        "definition_es": "El distrito del concejo municipal donde vive.",
    },
]
