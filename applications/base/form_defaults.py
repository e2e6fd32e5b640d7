"""The default form and rubric of a new cycle. Data, in both languages.

`actions.cycle` copies them to the cycle's rows, which the office then edits. A question's key stays the same from
cycle to cycle: figures, rules and pages find answers by it.
"""

from typing import Any

from applications.base.lever_defaults import DISTRICTS

Row = dict[str, Any]

WRITE_AS_YOU_LIKE = {
    "en": "Write in English or Spanish. Spelling does not count.",
    "es": "Escribe en español o en inglés. La ortografía no cuenta.",
}


def _text(key: str, en: str, es: str, kind: str = "short_text", **more: Any) -> Row:
    return {"key": key, "kind": kind, "label_en": en, "label_es": es, **more}


def _essay(key: str, en: str, es: str, help_en: str, help_es: str) -> Row:
    return _text(
        key,
        en,
        es,
        "long_text",
        audience="readers",
        words_max=250,
        words_suggested=100,
        help_en=f"{help_en} {WRITE_AS_YOU_LIKE['en']}",
        help_es=f"{help_es} {WRITE_AS_YOU_LIKE['es']}",
    )


def _options(*rows: tuple[str, str, str]) -> list[Row]:
    return [{"key": key, "en": en, "es": es} for key, en, es in rows]


# used by two eligibility rules: "not sure" gives "ask an advisor"
YES_NO_OR_UNSURE = _options(("yes", "Yes", "Sí"), ("no", "No", "No"), ("not_sure", "I’m not sure", "No sé"))

ABOUT = [
    _text(
        "full_name",
        "Full name",
        "Nombre completo",
        help_en="As it is, or will be, in your passport.",
        help_es="Como está, o como estará, en tu pasaporte.",
    ),
    _text(
        "preferred_name",
        "What should we call you?",
        "¿Cómo quieres que te llamemos?",
        is_required=False,
        help_en="We use it when we write to you.",
        help_es="Lo usamos cuando te escribimos.",
    ),
    _text(
        "date_of_birth",
        "Date of birth",
        "Fecha de nacimiento",
        "date",
        help_en="Such as March 9 2005.",
        help_es="Por ejemplo: 9 de marzo de 2005.",
    ),
    _text(
        "phone",
        "Phone",
        "Teléfono",
        "phone",
        is_required=False,
        help_en="In case something in your application needs a quick fix.",
        help_es="Por si hay que arreglar algo rápido en tu solicitud.",
    ),
    _text(
        "answer_language",
        "Which language will you write your three stories in?",
        "¿En qué idioma vas a escribir tus tres historias?",
        "one_of",
        audience="readers",
        options=_options(("en", "English", "Inglés"), ("es", "Spanish", "Español")),
        help_en="People who read both languages read them. Neither one gets more points.",
        help_es="Las leen personas que hablan los dos idiomas. Ninguno da más puntos.",
    ),
]

COLLEGE = [
    _text("college", "Your college", "Tu colegio", "college"),
    _text(
        "student_number",
        "Student ID number",
        "Número de estudiante",
        is_required=False,
        help_en="The one your college gave you. It helps your advisor find you.",
        help_es="El que te dio tu colegio. Así te encuentran en consejería.",
    ),
    _text(
        "units",
        "How many units are you taking this term?",
        "¿Cuántas unidades llevas este semestre?",
        "number",
        help_en="A number, such as 12.",
        help_es="Un número, por ejemplo 12.",
    ),
    _text(
        "good_standing",
        "Are you in good standing at your college?",
        "¿Vas al corriente en tu colegio?",
        "one_of",
        options=YES_NO_OR_UNSURE,
        help_en="That means passing your classes, with a grade average (GPA) of about a C or more.",
        help_es="Quiere decir que pasas tus clases, con un promedio (GPA) de más o menos C o más.",
    ),
    _text(
        "major",
        "What do you study?",
        "¿Qué estudias?",
        help_en="Your major. If you have not chosen yet, write that.",
        help_es="Tu carrera. Si todavía no eliges, escríbelo así.",
    ),
    _text(
        "class_schedule",
        "A page that shows your classes",
        "Una hoja con tus clases",
        "file",
        is_required=False,
        help_en="Only if you have it at hand. Your advisor can check without it.",
        help_es="Solo si la tienes a la mano. En consejería lo pueden confirmar sin ella.",
    ),
]

EXPERIENCE = [
    _text(
        "free_for_trip",
        "Can you be away from home for the whole trip?",
        "¿Puedes estar fuera de casa todo el viaje?",
        "one_of",
        options=YES_NO_OR_UNSURE,
        help_en="Think of work, family and class. Not sure yet is a fine answer.",
        help_es="Piensa en tu trabajo, tu familia y tus clases. No saber todavía está bien.",
    ),
    _text(
        "work_hours",
        "How many hours a week do you work or care for family?",
        "¿Cuántas horas a la semana trabajas o cuidas a tu familia?",
        "number",
        help_en="A rough number is fine. Write 0 if none.",
        help_es="Un número aproximado está bien. Escribe 0 si ninguna.",
    ),
    _text(
        "parents_education",
        "How far did your parents go in school?",
        "¿Hasta dónde estudiaron tus papás?",
        "one_of",
        audience="office",
        options=_options(
            ("no_college", "Neither of them went to college", "Ninguno fue a la universidad"),
            ("some_college", "One went to college but did not finish", "Uno fue a la universidad sin terminar"),
            ("bachelors", "One has a four-year degree", "Uno tiene título universitario"),
            ("dont_know", "I don’t know", "No sé"),
        ),
        help_en="Readers never see this or the next four answers, and they give no points. "
        "They tell us whom we reach. We may keep some seats by them.",
        help_es="Quienes leen nunca ven esta respuesta ni las cuatro que siguen, y no dan puntos. "
        "Nos dicen a quién llegamos. Podemos guardar algunos lugares según ellas.",
    ),
    _text(
        "first_abroad",
        "I have never left the country",
        "Nunca he salido del país",
        "yes_no",
        audience="office",
        options=_options(
            ("yes", "That’s right, never", "Así es, nunca"), ("no", "No, I have been abroad", "No, ya he salido")
        ),
    ),
    _text(
        "first_flight",
        "I have never been on an airplane",
        "Nunca me he subido a un avión",
        "yes_no",
        audience="office",
        options=_options(
            ("yes", "That’s right, never", "Así es, nunca"), ("no", "No, I have flown", "No, ya he volado")
        ),
    ),
    _text(
        "fee_waiver",
        "Do you get help to pay for college?",
        "¿Te ayudan a pagar el colegio?",
        "one_of",
        audience="office",
        options=YES_NO_OR_UNSURE,
        help_en="Such as a fee waiver (the California College Promise Grant) or a Pell Grant.",
        help_es="Por ejemplo, una exención de cuotas (California College Promise Grant) o una beca Pell.",
    ),
    _text(
        "council_district",
        "Which city council district do you live in?",
        "¿En qué distrito del concejo de la ciudad vives?",
        "one_of",
        audience="office",
        is_required=False,
        options=_options(
            *((number, f"District {number}", f"Distrito {number}") for number in DISTRICTS),
            ("outside", "I live outside the city", "Vivo fuera de la ciudad"),
            ("not_sure", "I’m not sure", "No sé"),
        ),
    ),
    _text(
        "languages",
        "Which languages can you hold a conversation in?",
        "¿En qué idiomas puedes conversar?",
        "several_of",
        is_required=False,
        options=_options(
            ("en", "English", "Inglés"),
            ("es", "Spanish", "Español"),
            ("hy", "Armenian", "Armenio"),
            ("ar", "Arabic", "Árabe"),
            ("zh", "Chinese", "Chino"),
            ("fr", "French", "Francés"),
            ("ja", "Japanese", "Japonés"),
            ("ko", "Korean", "Coreano"),
            ("fa", "Persian", "Persa"),
            ("tl", "Tagalog", "Tagalo"),
            ("vi", "Vietnamese", "Vietnamita"),
            ("other", "Another one", "Otro"),
        ),
    ),
]

DEFAULT_FORM: list[Row] = [
    {"key": "about", "title_en": "About you", "title_es": "Sobre ti", "questions": ABOUT},
    {"key": "college", "title_en": "Your college", "title_es": "Tu colegio", "questions": COLLEGE},
    {
        "key": "experience",
        "title_en": "Work, family and travel",
        "title_es": "Trabajo, familia y viajes",
        "questions": EXPERIENCE,
    },
    {
        "key": "why",
        "title_en": "Your story: why now",
        "title_es": "Tu historia: por qué ahora",
        "questions": [
            _essay(
                "story_why",
                "Why this, and why now?",
                "¿Por qué esto y por qué ahora?",
                "What draws you to this trip? What would it change for you this year?",
                "¿Qué te llama de este viaje? ¿Qué cambiaría para ti este año?",
            )
        ],
    },
    {
        "key": "new",
        "title_en": "Your story: something new",
        "title_es": "Tu historia: algo nuevo",
        "questions": [
            _essay(
                "story_new",
                "Tell us about a time you had to get used to something new",
                "Cuéntanos de una vez que tuviste que acostumbrarte a algo nuevo",
                "What was it, what did you do, and what did you learn?",
                "¿Qué fue, qué hiciste y qué aprendiste?",
            )
        ],
    },
    {
        "key": "back",
        "title_en": "Your story: what comes back",
        "title_es": "Tu historia: lo que traes",
        "questions": [
            _essay(
                "story_back",
                "What will you bring back, and with whom?",
                "¿Qué vas a traer de regreso, y con quién?",
                "Think of your college, your family or your street. Who will be part of it?",
                "Piensa en tu colegio, tu familia o tu calle. ¿Quién será parte de eso?",
            )
        ],
    },
    {
        "key": "cities",
        "title_en": "Your cities",
        "title_es": "Tus ciudades",
        "questions": [
            _text(
                "cities",
                "Which city would you choose first?",
                "¿Qué ciudad elegirías primero?",
                "ranked_cities",
                audience="readers",
                help_en="Put every city that you would go to in order. A longer list cannot hurt your chances.",
                help_es="Pon en orden todas las ciudades a las que irías. Una lista más larga no te quita nada.",
            )
        ],
    },
    {
        # no questions: this page edits the Recommendation row
        "key": "referee",
        "title_en": "Who recommends you",
        "title_es": "Quien te recomienda",
        "intro_en": "Name one person who knows how you work: a teacher, a boss, a coach. Not family. "
        "We write to them once you send your application.",
        "intro_es": "Nombra a una persona que sepa cómo trabajas: un maestro, una jefa, un entrenador. "
        "Que no sea familia. Le escribimos cuando mandes tu solicitud.",
        "questions": [],
    },
]

DEFAULT_RUBRIC: list[Row] = [
    {
        "key": "purpose",
        "question_key": "story_why",
        "title_en": "Purpose",
        "title_es": "Propósito",
        "levels": [
            ("Says that travel would be nice", "Dice que viajar sería bonito"),
            ("Gives a reason that anyone could give", "Da una razón que cualquiera podría dar"),
            ("Gives a reason of their own", "Da una razón propia"),
            ("Their own reason, and why this year", "Una razón propia, y por qué este año"),
            ("The same, and has begun to get ready", "Lo mismo, y ya empezó a prepararse"),
        ],
    },
    {
        "key": "adapting",
        "question_key": "story_new",
        "title_en": "Adapting",
        "title_es": "Adaptarse",
        "levels": [
            ("Names a change, no action of their own", "Nombra un cambio, sin una acción propia"),
            ("Acts because told to; little reflection", "Actúa porque se lo dijeron; reflexiona poco"),
            ("Acts on their own; says what was hard", "Actúa por su cuenta; dice qué fue difícil"),
            ("Finds a way in and says what they learned", "Encuentra cómo entrar y dice qué aprendió"),
            ("The same, and carries it over to help others", "Lo mismo, y lo usa para ayudar a otros"),
        ],
    },
    {
        "key": "giving_back",
        "question_key": "story_back",
        "title_en": "Giving back",
        "title_es": "Compartir",
        "levels": [
            ("Will share, but not what or with whom", "Va a compartir, pero no dice qué ni con quién"),
            ("Names what they will share, but nobody", "Dice qué va a compartir, pero no con quién"),
            ("Names what, and the people", "Dice qué y con quién"),
            ("The same, with a first step on return", "Lo mismo, con un primer paso al volver"),
            ("The same, and others can carry it on", "Lo mismo, y otros pueden seguirlo"),
        ],
    },
]

# the questions of the page about the referee; stored in the Recommendation row and shown like any other question
REFEREE: list[Row] = [
    _text("referee_name", "Their name", "Su nombre", audience="readers"),
    _text(
        "referee_email",
        "Their email address",
        "Su correo electrónico",
        "email",
        help_en="We send them a private link. They need no account.",
        help_es="Le mandamos un enlace privado. No necesita cuenta.",
    ),
    _text(
        "referee_phone",
        "Their cell phone",
        "Su celular",
        "phone",
        is_required=False,
        help_en="If you have it and they do not mind: the link goes there by text too.",
        help_es="Si lo tienes y no le molesta: el enlace le llega también por mensaje de texto.",
    ),
    _text(
        "relation",
        "How do they know you?",
        "¿De dónde te conoce?",
        audience="readers",
        help_en="Such as: my biology teacher.",
        help_es="Por ejemplo: es mi maestra de biología.",
    ),
]
