"""The default form and rubric of a new cycle. Data, in both languages.

`actions.cycle` copies them to the cycle's rows, which the office then edits. A question's key stays the same from
cycle to cycle: figures, rules and pages find answers by it.
"""

from typing import Any

from applications.base.lever_defaults import DISTRICTS

Row = dict[str, Any]

WRITE_AS_YOU_LIKE = {
    "en": "Write in English or Spanish. Spelling doesn’t count.",
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
        help_en="As it is, or will be, on your passport.",
        help_es="Como está, o como estará, en tu pasaporte.",
    ),
    _text(
        "preferred_name",
        "What should we call you?",
        "¿Cómo quieres que te llamemos?",
        is_required=False,
        help_en="We’ll use it when we write to you.",
        help_es="Lo usaremos cuando te escribamos.",
    ),
    _text(
        "date_of_birth",
        "Date of birth",
        "Fecha de nacimiento",
        "date",
        help_en="For example: March 9, 2005.",
        help_es="Por ejemplo: 9 de marzo de 2005.",
    ),
    _text(
        "phone",
        "Phone",
        "Teléfono",
        "phone",
        is_required=False,
        help_en="In case something in your application needs a quick fix.",
        help_es="Por si urge corregir algo en tu solicitud.",
    ),
    _text(
        "answer_language",
        "Which language will you write your three short essays in?",
        "¿En qué idioma vas a escribir tus tres historias?",
        "one_of",
        audience="readers",
        options=_options(("en", "English", "Inglés"), ("es", "Spanish", "Español")),
        help_en="Your readers will know that language, and neither language gets more points.",
        help_es="Las leerán personas que leen ese idioma. Ningún idioma da más puntos.",
    ),
]

COLLEGE = [
    _text("college", "Which college do you attend?", "¿En qué college estudias?", "college"),
    _text(
        "student_number",
        "Student ID number",
        "Número de estudiante",
        is_required=False,
        help_en="The one your college gave you. It helps your advisor find you.",
        help_es="El que te dio tu college. Así te encuentran en consejería.",
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
        "¿Vas bien en tus clases?",
        "one_of",
        options=YES_NO_OR_UNSURE,
        help_en="That means you’re passing your classes, with a GPA of about 2.0 (a C average) or higher.",
        help_es="Quiere decir que pasas tus clases y que tu promedio (GPA) es de 2.0 (una C) o más.",
    ),
    _text(
        "major",
        "What are you studying?",
        "¿Qué estudias?",
        help_en="Your major. If you haven’t chosen one yet, say so.",
        help_es="Tu carrera. Si todavía no eliges una, escríbelo así.",
    ),
    _text(
        "class_schedule",
        "Class schedule",
        "Horario de clases",
        "file",
        is_required=False,
        help_en="Only if you have it handy. Your advisor can check without it.",
        help_es="Solo si lo tienes a la mano. Si no, en consejería pueden confirmar tus clases.",
    ),
]

EXPERIENCE = [
    _text(
        "free_for_trip",
        "Can you be away from home for the whole trip?",
        "¿Puedes estar fuera de casa todo el viaje?",
        "one_of",
        options=YES_NO_OR_UNSURE,
        help_en="Think about work, family and classes. It’s OK if you’re not sure yet.",
        help_es="Piensa en tu trabajo, tu familia y tus clases. Está bien si todavía no sabes.",
    ),
    _text(
        "work_hours",
        "How many hours a week do you work or care for family?",
        "¿Cuántas horas a la semana trabajas o cuidas a tu familia?",
        "number",
        help_en="A rough number is fine. If you don’t, write 0.",
        help_es="Un número aproximado está bien. Si no lo haces, escribe 0.",
    ),
    _text(
        "parents_education",
        "How far did your parents go in school?",
        "¿Hasta dónde estudiaron tus papás?",
        "one_of",
        audience="office",
        options=_options(
            ("no_college", "Neither one went to college", "Ninguno fue a la universidad"),
            ("some_college", "One went to college but didn’t finish", "Uno fue a la universidad, pero no terminó"),
            ("bachelors", "One has a four-year degree", "Uno tiene título universitario"),
            ("dont_know", "I don’t know", "No sé"),
        ),
        help_en="Readers never see this or your next four answers, and they don’t earn points. "
        "They tell us who we’re reaching. We may reserve some spots based on them.",
        help_es="El equipo de lectura nunca ve esta respuesta ni las cuatro que siguen, y no dan puntos. "
        "Nos dicen a quién llegamos. Podemos reservar algunos lugares según ellas.",
    ),
    _text(
        "first_abroad",
        "Have you ever left the country?",
        "¿Has salido del país alguna vez?",
        "yes_no",
        audience="office",
        options=_options(("yes", "No, never", "No, nunca"), ("no", "Yes", "Sí")),
    ),
    _text(
        "first_flight",
        "Have you ever been on an airplane?",
        "¿Te has subido a un avión alguna vez?",
        "yes_no",
        audience="office",
        options=_options(("yes", "No, never", "No, nunca"), ("no", "Yes", "Sí")),
    ),
    _text(
        "fee_waiver",
        "Do you get financial aid for college?",
        "¿Recibes ayuda financiera para pagar el college?",
        "one_of",
        audience="office",
        options=YES_NO_OR_UNSURE,
        help_en="For example, a fee waiver or a Pell Grant.",
        help_es="Por ejemplo, una exención de cuotas o una beca Pell.",
    ),
    _text(
        "council_district",
        "Which city council district do you live in?",
        "¿En qué distrito del Concejo Municipal vives?",
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
            ("other", "Another language", "Otro idioma"),
        ),
    ),
]

DEFAULT_FORM: list[Row] = [
    {
        "key": "about",
        "title_en": "About you",
        "title_es": "Sobre ti",
        "staff_title_en": "About the student",
        "staff_title_es": "Datos personales",
        "questions": ABOUT,
    },
    {
        "key": "college",
        "title_en": "Your college",
        "title_es": "Tu college",
        "staff_title_en": "College",
        "staff_title_es": "College",
        "questions": COLLEGE,
    },
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
        "staff_title_en": "Their story: why now",
        "staff_title_es": "Su historia: por qué ahora",
        "questions": [
            _essay(
                "story_why",
                "Why this trip, and why now?",
                "¿Por qué este viaje y por qué ahora?",
                "What draws you to this trip? What would it change for you this year?",
                "¿Qué te atrae de este viaje? ¿Qué cambiaría para ti este año?",
            )
        ],
    },
    {
        "key": "new",
        "title_en": "Your story: something new",
        "title_es": "Tu historia: algo nuevo",
        "staff_title_en": "Their story: something new",
        "staff_title_es": "Su historia: algo nuevo",
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
        "title_en": "Your story: what you’ll bring home",
        "title_es": "Tu historia: con qué vas a regresar",
        "staff_title_en": "Their story: what they’ll bring home",
        "staff_title_es": "Su historia: con qué va a regresar",
        "questions": [
            _essay(
                "story_back",
                "What will you bring home, and who will you share it with?",
                "¿Con qué vas a regresar y con quién lo vas a compartir?",
                "Think about your college, your family or your block. Who will be part of it?",
                "Piensa en tu college, tu familia o tu calle. ¿Quién va a participar?",
            )
        ],
    },
    {
        "key": "cities",
        "title_en": "Your cities",
        "title_es": "Tus ciudades",
        "staff_title_en": "City choices",
        "staff_title_es": "Ciudades que eligió",
        "questions": [
            _text(
                "cities",
                "Which cities would you choose, in order?",
                "¿Qué ciudades elegirías, en orden de preferencia?",
                "ranked_cities",
                audience="readers",
                help_en="Rank every city you’d be willing to visit. A longer list can’t hurt your chances.",
                help_es="Pon en orden todas las ciudades a las que irías. Una lista más larga no te perjudica.",
            )
        ],
    },
    {
        # no questions: this page edits the Recommendation row
        "key": "referee",
        "title_en": "Your recommender",
        "title_es": "La persona que te recomienda",
        "staff_title_en": "Recommender",
        "staff_title_es": "Persona que recomienda",
        "intro_en": "Name one person who knows your work, such as a teacher, a boss or a coach. It can’t be a family "
        "member. Once you submit your application, we’ll ask them for a recommendation letter.",
        "intro_es": "Da el nombre de una persona que sepa cómo trabajas: alguien que te dé clases, que te entrene "
        "o para quien trabajes. "
        "Que no sea de tu familia. Cuando envíes tu solicitud, le pediremos una carta de recomendación.",
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
            ("Gives a reason anyone could give", "Da una razón que cualquiera podría dar"),
            ("Gives a reason of their own", "Da una razón propia"),
            ("Gives a reason of their own, and says why this year", "Da una razón propia y dice por qué este año"),
            ("All of that, and has started getting ready", "Todo eso, y además ya empezó a prepararse"),
        ],
    },
    {
        "key": "adapting",
        "question_key": "story_new",
        "title_en": "Adapting",
        "title_es": "Adaptación",
        "levels": [
            ("Names a change, but not what they did about it", "Nombra un cambio, pero no dice qué hizo"),
            (
                "Acts only because they were told to, with little reflection",
                "Actúa solo porque se lo dijeron, y reflexiona poco",
            ),
            ("Acts on their own, and says what was hard", "Actúa por su cuenta y dice qué fue difícil"),
            ("Finds a way to fit in and says what they learned", "Encuentra cómo adaptarse y dice qué aprendió"),
            ("All of that, and uses it to help others", "Todo eso, y además lo usa para ayudar a más gente"),
        ],
    },
    {
        "key": "giving_back",
        "question_key": "story_back",
        "title_en": "Giving back",
        "title_es": "Compartir",
        "levels": [
            ("Will share, but doesn’t say what or with whom", "Va a compartir, pero no dice qué ni con quién"),
            ("Says what they’ll share, but not with whom", "Dice qué va a compartir, pero no con quién"),
            ("Says what they’ll share, and with whom", "Dice qué y con quién"),
            (
                "All of that, with a first step after the trip",
                "Todo eso, y además dice cuál será su primer paso al volver",
            ),
            ("All of that, and others can keep it going", "Todo eso, y además otras personas pueden continuarlo"),
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
        help_en="We’ll send them a private link. They don’t need an account.",
        help_es="Le enviaremos un enlace privado. No necesita cuenta.",
    ),
    _text(
        "referee_phone",
        "Their cell phone",
        "Su celular",
        "phone",
        is_required=False,
        help_en="If you have it and they don’t mind. We’ll text them the link, too.",
        help_es="Si lo tienes y no le molesta. También le enviaremos el enlace por mensaje de texto.",
    ),
    _text(
        "relation",
        "How do they know you?",
        "¿De dónde te conoce?",
        audience="readers",
        help_en="For example: my biology teacher.",
        help_es="Por ejemplo: me da clases de biología.",
    ),
]
