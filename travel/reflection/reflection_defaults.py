"""A cycle's standard prompts, in both languages: few, short, one before the trip and one after it."""

from travel.models import ReflectionPrompt

DEFAULT_PROMPTS: list[dict[str, object]] = [
    {
        "key": "before",
        "order": 1,
        "moment": ReflectionPrompt.Moment.BEFORE,
        "days": 7,
        "text_en": "One thing you hope for, and one that worries you",
        "text_es": "Algo que esperas con ganas y algo que te preocupa",
        "help_en": "Two or three lines are enough. Write in English or Spanish.",
        "help_es": "Con dos o tres líneas basta. Escribe en inglés o en español.",
    },
    {
        "key": "after",
        "order": 2,
        "moment": ReflectionPrompt.Moment.AFTER,
        "days": 14,
        "text_en": "Tell one moment of the trip: what happened, why it matters, what you do now",
        "text_es": "Cuenta un momento del viaje: qué pasó, por qué importa y qué haces ahora",
        "help_en": "A place, a person, a meal, a mistake: one real moment says more than a summary.",
        "help_es": "Un lugar, una persona, una comida, un error: un momento real dice más que un resumen.",
    },
]
