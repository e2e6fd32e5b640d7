"""Invented sample answers for each level of the default rubric, in English and Spanish.

By the criterion's key, from one point to five. They show readers what to compare, which is not the language.
"""

SAMPLES: dict[str, list[tuple[str, str]]] = {
    "purpose": [
        ("I love to travel and this would be so fun.", "Me encanta viajar y esto sería muy divertido."),
        (
            "It would help my career and open my mind.",
            "Me ayudaría en mi carrera y me abriría la mente.",
        ),
        (
            "I want to see how a clinic works where few people own a car.",
            "Quiero ver cómo trabaja una clínica donde poca gente tiene carro.",
        ),
        (
            "I want to see that clinic this year, because I start as a nurse’s aide in the fall.",
            "Quiero ver esa clínica este año, porque en otoño empiezo como auxiliar de enfermería.",
        ),
        (
            "All of that, and: I have asked two clinics near me how patients get there, and written it down.",
            "Lo mismo, y además: pregunté en dos clínicas cerca de mí cómo llega la gente, y lo anoté.",
        ),
    ],
    "adapting": [
        ("We moved and everything was different.", "Nos mudamos y todo era diferente."),
        (
            "My mother made me join a club, and it got better.",
            "Mi mamá me hizo entrar a un club, y todo mejoró.",
        ),
        (
            "I asked a classmate to explain the bus. Asking was the hard part.",
            "Le pedí a una compañera que me explicara el autobús. Lo difícil fue preguntar.",
        ),
        (
            "I asked about the bus every day until I knew it. I learned that people like to be asked.",
            "Pregunté del autobús cada día hasta saberlo. Aprendí que a la gente le gusta que le pregunten.",
        ),
        (
            "All of that, and: now I ride along with each new student in their first week.",
            "Lo mismo, y además: ahora acompaño en el autobús a cada estudiante nuevo su primera semana.",
        ),
    ],
    "giving_back": [
        ("I will tell everyone about it.", "Les voy a contar a todos."),
        (
            "I will make a photo book about the food.",
            "Voy a hacer un libro de fotos sobre la comida.",
        ),
        (
            "I will cook one dish from there with the students of our food pantry.",
            "Voy a cocinar un platillo de allá con los estudiantes de nuestra despensa.",
        ),
        (
            "All of that, and: the pantry has given me the second Friday after I am back.",
            "Lo mismo, y además: la despensa me dio el segundo viernes después de mi regreso.",
        ),
        (
            "All of that, and: I leave them the recipes, and two of them lead the next evening.",
            "Lo mismo, y además: les dejo las recetas, y dos de ellos dirigen la siguiente tarde.",
        ),
    ],
}
