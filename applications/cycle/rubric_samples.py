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
            "I start as a nurse’s aide in the fall. I’ve already asked two clinics near me how patients get there.",
            "En otoño empiezo como auxiliar de enfermería. Ya pregunté en dos clínicas cerca de mi casa cómo "
            "llega la gente.",
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
            "Pregunté por el autobús todos los días hasta aprenderme la ruta. Aprendí que a la gente le gusta "
            "que le pregunten.",
        ),
        (
            "I asked about the bus until I knew it. Now I ride along with each new student in their first week.",
            "Pregunté por el autobús hasta aprenderme la ruta. Ahora acompaño a cada estudiante nuevo su primera "
            "semana.",
        ),
    ],
    "giving_back": [
        ("I will tell everyone about it.", "Les voy a contar a todos."),
        (
            "I will make a photo book about the food.",
            "Voy a hacer un libro de fotos sobre la comida.",
        ),
        (
            "I’ll cook one dish from there with the students who use our food pantry.",
            "Voy a cocinar un platillo de allá con los estudiantes que van al banco de alimentos de mi college.",
        ),
        (
            "I’ll cook that dish at the food pantry. They’re saving me the second Friday after I get back.",
            "Voy a cocinar ese platillo en el banco de alimentos. Me apartaron el segundo viernes después de mi "
            "regreso.",
        ),
        (
            "I’ll cook with them that Friday and leave them the recipes. Two of them will lead the next cooking night.",
            "Ese viernes cocino con ellos y les dejo las recetas. Dos de ellos van a dirigir la siguiente tarde "
            "de cocina.",
        ),
    ],
}
