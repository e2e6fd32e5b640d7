"""The pages that are measured, as which person, and their budgets (docs/benchmarks.md)."""

from dataclasses import dataclass, field, replace

SMALL = 1_000
FLAT = 1.5  # how much slower a page may be with a hundred times the applications


@dataclass(frozen=True, slots=True)
class Page:
    """`path` is filled in from what is found in the database: {cycle}, {draft}, {placement}, {reading}."""

    label: str
    person: str  # draft, placed, reader, advisor, coordinator or director
    path: str
    saves: str = ""  # the page whose field is saved by one small request
    post: dict[str, str] = field(default_factory=dict)  # {turn} differs from request to request
    budget: float | None = None  # milliseconds, p50 with the larger number
    queries: int | None = None  # at most
    after_the_trip: bool = False  # measured once everyone has returned


ESSAY = "I have written this answer {turn} times, on the bus between work and class. " * 12
POINTS = {"points_purpose": "4", "points_adapting": "3", "points_giving_back": "4"}

FORM = Page("Form page (an essay)", "draft", "/applications/{draft}/form/why/", budget=10)
QUEUE = Page("Review queue", "reader", "/reviews/", budget=35, queries=10)
ENDORSEMENTS = Page("Endorsements of a college", "advisor", "/endorsements/?cycle={cycle}")
APPLICATIONS = Page("Application list", "coordinator", "/applications/?cycle={cycle}")
SELECTION = Page("Selection list", "coordinator", "/selection/?cycle={cycle}", budget=35, queries=10)
PIPELINE = Page("Pipeline", "coordinator", "/pipeline/?cycle={cycle}", budget=35, queries=10)
LATE = Page("Who is late", "coordinator", "/checklists/?cycle={cycle}&late=1")
OUTCOMES = Page("Outcomes", "director", "/outcomes/?cycle={cycle}", after_the_trip=True)
PAGES = (
    FORM,
    Page(
        "Save one field", "draft", "/applications/{draft}/save/", saves=FORM.path, post={"story_why": ESSAY}, budget=10
    ),
    Page("Task list of the form", "draft", "/applications/{draft}/form/"),
    Page("Journey", "placed", "/journey/"),
    Page("Checklist", "placed", "/checklists/{placement}/", queries=10),
    *(
        Page(label, "placed", path, queries=10)
        for label, path in (
            ("Itinerary", "/placements/{placement}/itinerary/"),
            ("Guide to the trip", "/abroad/own/{placement}/guide/"),
            ("Packing list", "/abroad/own/{placement}/packing/"),
            ("Money of the trip", "/placements/{placement}/money/"),
            ("Entry to the country", "/placements/{placement}/entry/"),
        )
    ),
    QUEUE,
    Page("Reader's desk", "reader", "/reviews/{reading}/"),
    Page(
        "Save a review",
        "reader",
        "/reviews/{reading}/",
        post={**POINTS, "comment": "Turn {turn}", "act": "save"},
        budget=10,
    ),
    Page(
        "Save one field of a review",
        "reader",
        "/reviews/{reading}/save/",
        saves="/reviews/{reading}/",
        post={"points_purpose": "4"},
        budget=10,
    ),
    ENDORSEMENTS,
    Page("To do today", "advisor", "/work/"),
    APPLICATIONS,
    SELECTION,
    PIPELINE,
    LATE,
    Page("Check-ins", "coordinator", "/check-ins/", queries=10),
    Page("Money paid and owed", "coordinator", "/money/", queries=10),
    OUTCOMES,
)
# Pages whose figures are cached until somebody does something: measured also without any cache, as the first visitor
# after a change gets them.
COUNTED_ANEW = tuple(
    replace(page, label=f"{page.label}, counted anew", budget=None, queries=None)
    for page in (ENDORSEMENTS, APPLICATIONS, SELECTION, PIPELINE, LATE, OUTCOMES)
)
# What staff ask of their lists (script/bench --lists): a search for one person, each head, later pages.
_APPLICATIONS, _SELECTION = "/applications/?cycle={cycle}", "/selection/?cycle={cycle}"
_OWN, _PASSPORTS = "/endorsements/?cycle={cycle}", "/checklists/?cycle={cycle}"
LISTS = tuple(
    Page(label, person, path, queries=10)
    for label, person, path in (
        ("Applications", "coordinator", _APPLICATIONS),
        ("Applications: a name", "coordinator", f"{_APPLICATIONS}&q={{name}}"),
        ("Applications: an email address", "coordinator", f"{_APPLICATIONS}&q={{email}}"),
        ("Applications: a phone number", "coordinator", f"{_APPLICATIONS}&q={{phone}}"),
        ("Applications: a student number", "coordinator", f"{_APPLICATIONS}&q={{number}}"),
        ("Applications: a code", "coordinator", f"{_APPLICATIONS}&q={{draft}}"),
        ("Applications: a first name that many have", "coordinator", f"{_APPLICATIONS}&q={{part}}"),
        ("Applications of every cycle: a name", "coordinator", "/applications/?q={name}"),
        ("Applications by name", "coordinator", f"{_APPLICATIONS}&sort=name"),
        ("Applications by name, from the end", "coordinator", f"{_APPLICATIONS}&sort=-name"),
        ("Applications by code", "coordinator", f"{_APPLICATIONS}&sort=code"),
        ("Applications by college", "coordinator", f"{_APPLICATIONS}&sort=college"),
        ("Applications by status", "coordinator", f"{_APPLICATIONS}&sort=-status"),
        ("Applications by the college’s decision", "coordinator", f"{_APPLICATIONS}&sort=endorsement"),
        ("Applications by readings", "coordinator", f"{_APPLICATIONS}&sort=-reads_locked"),
        ("Applications, page 15", "coordinator", f"{_APPLICATIONS}&page=15"),
        ("Applications of one status", "coordinator", f"{_APPLICATIONS}&status=draft"),
        ("Ranked list", "coordinator", _SELECTION),
        ("Ranked list: a name", "coordinator", f"{_SELECTION}&q={{name}}"),
        ("Ranked list, page 3", "coordinator", f"{_SELECTION}&page=3"),
        ("Ranked list by name", "coordinator", f"{_SELECTION}&sort=student"),
        ("Ranked list by college", "coordinator", f"{_SELECTION}&sort=college"),
        ("Ranked list by spread", "coordinator", f"{_SELECTION}&sort=-spread"),
        ("Ranked list by median", "coordinator", f"{_SELECTION}&sort=-median"),
        ("Ranked list by endorsement", "coordinator", f"{_SELECTION}&sort=word"),
        ("Ranked list by result", "coordinator", f"{_SELECTION}&sort=result"),
        ("Own students", "advisor", _OWN),
        ("Own students: a name", "advisor", f"{_OWN}&q={{name}}"),
        ("Own students by name", "advisor", f"{_OWN}&sort=name"),
        ("Own students by status", "advisor", f"{_OWN}&sort=status"),
        ("Passports", "coordinator", _PASSPORTS),
        ("Passports: a name", "coordinator", f"{_PASSPORTS}&q={{traveler}}"),
        ("Passports by name", "coordinator", f"{_PASSPORTS}&sort=name"),
        ("Passports by checklist", "coordinator", f"{_PASSPORTS}&sort=done"),
        ("Questions", "coordinator", "/questions/"),
        ("Questions: a name", "coordinator", "/questions/?show=all&q={name}"),
        ("Readers", "coordinator", "/reviews/?cycle={cycle}"),
        ("Trips", "coordinator", "/trips/?cycle={cycle}"),
        ("People", "coordinator", "/people/"),
        ("People: a name", "coordinator", "/people/?q={name}"),
        ("Interest list", "coordinator", "/interest-list/"),
        ("Interest list: a name that many have", "coordinator", "/interest-list/?q={part}"),
        ("Interest list: a name", "coordinator", "/interest-list/?q={name}"),
        ("Interest list by address", "coordinator", "/interest-list/?sort=address"),
        ("Interest list by where", "coordinator", "/interest-list/?sort=where"),
        ("Interest list, page 15", "coordinator", "/interest-list/?page=15"),
        ("Interest list of one state", "coordinator", "/interest-list/?state=waiting"),
        ("Search of the header: a first name that many have", "coordinator", "/find/?q={part}"),
    )
)

# Weighed in a browser: label, person, path.
WEIGHED = (
    ("Start page", "", "/"),
    ("Cycle", "", "/cycles/{cycle}/"),
    ("Journey", "placed", "/journey/"),
    ("Form page (an essay)", "draft", FORM.path),
    ("Form page (about you)", "draft", "/applications/{draft}/form/about/"),
    ("Form page (your college, with a file)", "draft", "/applications/{draft}/form/college/"),
    ("Check your answers", "draft", "/applications/{draft}/check/"),
    ("Checklist", "placed", "/checklists/{placement}/"),
)
FIRST_VISIT = 40_000  # bytes
NEXT_VISIT = 8_000
NEXT_REQUESTS = 2
SCRIPT = 10_000

CLIENTS = 8
REQUESTS_A_SECOND = 200
MEMORY = 250_000_000  # bytes, web processes together
SEEDING = 300  # seconds for 100,000 applications
ASSIGNING = 10  # seconds for 2,000 applications, three reads each, 150 readers
ADJUSTING = 2  # seconds for 300,000 reads
RELEASING = 60  # seconds for 10,000 people, their messages queued
