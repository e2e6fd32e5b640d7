"""The default eligibility rules of a new cycle, in both languages. `actions.cycle` copies them to the cycle's rows.

Source: domain reference 1.1. All numbers are facts that the office can change.
"""

from typing import Any

# The names in braces are replaced when the rules are copied: {colleges}; {city_en} and {city_es}; {departs_on}, the
# cycle's first departure; and any other name by the current fact "program.<name>". No rule is about citizenship or
# immigration. `ask` is the rule as a question on the page "Can I apply?".
DEFAULT_RULES: list[dict[str, Any]] = [
    {
        "key": "college",
        "question_key": "college",
        "operator": "is_one_of",
        "value": "{colleges}",
        "on_miss": "does_not_meet",
        "text_en": "You’re a student at one of the community colleges in {city_en}.",
        "text_es": "Estudias en una de las universidades comunitarias de {city_es}.",
        "ask_en": "Which college do you go to?",
        "ask_es": "¿En qué universidad comunitaria estudias?",
        "change_en": "Enroll in classes at one of these colleges. Then you can apply.",
        "change_es": "Inscríbete en una de estas universidades comunitarias. Después puedes hacer tu solicitud.",
        "unsure_en": "Choose your college from the list. If you can’t find it, an advisor can help.",
        "unsure_es": "Elige tu universidad comunitaria de la lista. Si no la encuentras, en consejería te ayudan.",
    },
    {
        "key": "age",
        "question_key": "date_of_birth",
        "operator": "age_on_at_least",
        "value": {"years": "{minimum_age}", "on": "{departs_on}"},
        "on_miss": "does_not_meet",
        "text_en": "You’ll be {minimum_age} or older on departure day.",
        "text_es": "Tendrás {minimum_age} años o más el día de la salida.",
        "ask_en": "When were you born?",
        "ask_es": "¿Cuándo naciste?",
        "change_en": "Apply for a trip that leaves after you turn {minimum_age}.",
        "change_es": "Haz tu solicitud para un viaje que salga cuando ya tengas {minimum_age} años.",
        "unsure_en": "Enter the date of birth on your birth certificate, ID or passport.",
        "unsure_es": "Escribe la fecha de nacimiento de tu acta, tu identificación o tu pasaporte.",
    },
    {
        "key": "units",
        "question_key": "units",
        "operator": "at_least",
        "value": "{minimum_units}",
        "on_miss": "ask_an_advisor",
        "text_en": "You’re taking at least {minimum_units} units this term. "
        "If you’re taking fewer, ask your advisor. There are exceptions.",
        "text_es": "Llevas al menos {minimum_units} unidades este semestre. "
        "Si llevas menos, pregunta en consejería: hay excepciones.",
        "ask_en": "How many units are you taking this term?",
        "ask_es": "¿Cuántas unidades llevas este semestre?",
        "change_en": "One more class may be enough. If you can’t take more, tell your advisor why.",
        "change_es": "Con una clase más puede bastar. Si no puedes llevar más, cuéntalo en consejería.",
        "unsure_en": "Add up the units on your class schedule, or ask an advisor to look it up with you.",
        "unsure_es": "Suma las unidades de tu horario de clases, o pide en consejería que lo vean contigo.",
    },
    {
        "key": "good_standing",
        "question_key": "good_standing",
        "operator": "is_true",
        "value": True,
        "on_miss": "does_not_meet",
        "text_en": "You’re in good standing, with a GPA (grade point average) of {minimum_gpa} or higher.",
        "text_es": "Vas bien en tus estudios: tu promedio (GPA) es de {minimum_gpa} o más.",
        "ask_en": "Is your GPA (grade point average) {minimum_gpa} or higher?",
        "ask_es": "¿Tu promedio (GPA) es de {minimum_gpa} o más?",
        "change_en": "Bring your GPA up to {minimum_gpa}. Your advisor can help you plan it for the next trip.",
        "change_es": "Sube tu promedio a {minimum_gpa}. En consejería te ayudan a lograrlo para otro viaje.",
        "unsure_en": "Your GPA is on your transcript, in your student portal. An advisor can look it up with you.",
        "unsure_es": "Tu promedio está en tu historial académico (transcript), en el portal de estudiantes. "
        "En consejería lo pueden ver contigo.",
    },
    {
        "key": "free_for_trip",
        "question_key": "free_for_trip",
        "operator": "is_true",
        "value": True,
        "on_miss": "does_not_meet",
        "text_en": "You can be away from home for the whole trip, about {trip_days} days.",
        "text_es": "Puedes estar fuera de casa todo el viaje, unos {trip_days} días.",
        "ask_en": "Can you be away from home for about {trip_days} days?",
        "ask_es": "¿Puedes estar fuera de casa unos {trip_days} días?",
        "change_en": "Talk with your family, your boss and your teachers. If you get the days off, apply.",
        "change_es": "Habla con tu familia, en tu trabajo y con quienes te dan clases. "
        "Si te dan los días, haz tu solicitud.",
        "unsure_en": "Ask at home, at work and in your classes who could cover for you. You can apply before you know.",
        "unsure_es": "Pregunta en casa, en el trabajo y en tus clases quién te puede cubrir. "
        "Puedes hacer tu solicitud antes de saberlo.",
    },
]
