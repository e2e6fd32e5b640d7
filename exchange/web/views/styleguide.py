"""The style guide: every component in each of its states, on one page; exists in demo mode only.

It is for developers, so its samples are in English and not translated.
"""

from datetime import UTC, date, datetime

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static

from exchange.base.pictures import Logo, ShownPicture
from exchange.web.worklist import Column, Columns, SearchField, worklist

FRAMES = ("student", "staff", "director")
TONES = ("neutral", "now", "wait", "good", "stop")
MARKS = {
    "before": ("reached", "now", "later", "later", "later", "later"),
    "placed": ("reached", "reached", "reached", "now", "later", "later"),
    "home": ("reached",) * 6,
}
PROGRESS_STEPS = ("done", "", "now", "done", "", "")
SAMPLE_PAPER = {
    "path": "exchange/pictures/certificate-certified.svg",
    "alt": "A birth certificate with a seal and a signature",
}
SAYS = {"reached": "done", "now": "you are here", "later": "still to come"}


SAMPLE_COLUMNS = Columns(Column("name", "Student", ("name",)), Column("submitted", "Submitted"), default="name")


class SampleSearch(forms.Form):
    q = SearchField(label="Name, email, phone or code")
    status = forms.ChoiceField(label="Status", choices=[("", "all"), ("late", "late")], required=False)


class SampleForm(forms.Form):
    name = forms.CharField(
        label="Full name", help_text="As it is, or will be, on your passport.", initial="Marisol Reyes Ortega"
    )
    email = forms.EmailField(label="Email", required=False)
    story = forms.CharField(
        label="Tell us about a time you had to get used to something new",
        help_text="What was it, what did you do, and what did you learn? Spelling doesn’t count.",
        widget=forms.Textarea(attrs={"rows": 6}),
        initial="When my family moved from Boyle Heights to Lancaster I was fourteen and didn’t know anybody.",
    )
    born_on = forms.DateField(label="Date of birth", widget=forms.DateInput(attrs={"type": "date"}))
    college = forms.ChoiceField(
        label="Home college", choices=[("lacc", "Los Angeles City College"), ("elac", "East Los Angeles College")]
    )
    passport = forms.ChoiceField(
        label="Do you have a passport?",
        choices=[("yes", "Yes, and it is valid"), ("old", "Yes, but it runs out soon"), ("no", "No, never had one")],
        widget=forms.RadioSelect,
    )
    languages = forms.MultipleChoiceField(
        label="Languages you speak",
        choices=[("en", "English"), ("es", "Spanish"), ("vi", "Vietnamese")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    transcript = forms.FileField(label="Transcript", help_text="A photograph or PDF, up to 10 MB.", required=False)
    agree = forms.BooleanField(label="What I wrote is true, and it is my own work")


class SampleFilters(forms.Form):
    status = forms.ChoiceField(label="Status", choices=[("", "All"), ("submitted", "Submitted")])
    college = forms.ChoiceField(label="College", choices=[("", "All nine"), ("lacc", "LA City College")])
    words = forms.CharField(label="Name or code", required=False)


def ticket(stage: str) -> dict[str, object]:
    labels = ("Applied", "Selected", "Placed", "Passport", "Travel", "Reflect")
    placed = stage != "before"
    return {
        "label": f"Ticket, {stage}",
        "name": "Marisol Reyes Ortega",
        "from_code": "LAX",
        "from_name": "Los Angeles",
        "to_code": "HAN" if placed else "",
        "to_name": "Hanoi, Vietnam" if placed else "",
        "program": "Mayor’s Young Ambassadors, Spring 2027",
        "facts": [("Leaves", "June 12"), ("Returns", "June 22"), ("Days left", "107")]
        if placed
        else [("Closes", "Friday, February 12 at 11:59 pm, Los Angeles time")],
        "stamps": [
            {"label": label, "mark": mark, "text": SAYS[mark]} for label, mark in zip(labels, MARKS[stage], strict=True)
        ],
    }


STEP = {
    "title": "Book your passport appointment",
    "why": "You apply in person, with your birth certificate and your ID. It takes about 30 minutes. "
    "The program pays both fees.",
    "do_by": date(2027, 3, 5),
    "last_safe_on": date(2027, 3, 19),
    "action_label": "Find a place near you",
    "action_href": "#next-step",
    "way_out_label": "I don’t have my birth certificate",
    "way_out_href": "#next-step",
}
WAIT = {
    "label": "Now it is our turn",
    "title": "Wait for the committee",
    "why": "Two advisors of other colleges read what you wrote. We tell you on Monday, March 1 by 5 pm.",
}
# an uploaded file as the form shows it: dictionaries, because this app must not import the models of `applications`
UPLOADS = [
    {"code": "a", "original_name": name, "size": size, "state": state, "url": "#upload", "question": {"key": "sample"}}
    | {"get_state_display": state_label, "get_refused_because_display": "It is not a photo or a PDF."}
    for name, size, state, state_label in (
        ("classes-fall.pdf", 184_320, "kept", "kept"),
        ("A page of the transcript that somebody photographed on the bus.jpg", 612_000, "received", "being checked"),
        ("notes.docx", 24_000, "refused", "not kept"),
    )
]
TASKS = [
    {"title": "About you", "href": "#tasks", "status_label": "Done", "tone": "good"},
    {"title": "Your story", "href": "#tasks", "hint": "Three short answers", "status_label": "Started", "tone": "now"},
    {"title": "Your recommender", "href": "#tasks", "status_label": "Not started"},
    {"title": "Passport photo", "href": "#tasks", "hint": "Due Friday", "status_label": "Due soon", "tone": "wait"},
    {"title": "Emergency contact", "href": "#tasks", "status_label": "Late", "tone": "stop"},
    {"title": "Check and send", "hint": "Opens when all parts are done"},
]
ROWS = [
    {"label": "Home college", "value": "Los Angeles City College", "change_href": "#rows"},
    {
        "label": "Your story",
        "value": "When my family moved I was fourteen.\nI didn’t know anybody.",
        "change_href": "#rows",
    },
    {"label": "Phone", "value": ""},
]
STAGES = [
    ("63", "drafting", "9 gone quiet", "now"),
    ("148", "submitted", "11 not endorsed", "now"),
    ("137", "being read", "2 readers late", "now"),
    ("44", "selected", "all told", "good"),
    ("41", "confirmed", "3 silent, 30 h left", "stop"),
    ("41", "placed", "letters sent", "good"),
    ("17", "passport in hand", "3 at risk", "stop"),
]
DUTIES = [
    {"count": 9, "title": "Read 9 candidates", "text": "Due Friday", "href": "#rows", "tone": "now"},
    {"count": 3, "title": "Endorse 3 students", "text": "The cycle closes tomorrow", "href": "#rows", "tone": "stop"},
    {"count": 0, "title": "Verify passports", "text": "", "href": "#rows", "tone": "wait"},
]
BOARD = [
    {"name": name, "href": "#rows", "college": "LACC", "stage": stage, "stage_tone": "now", "city": "Hanoi"}
    | {"next_on": date(2027, 3, 5), "last_safe_on": date(2027, 3, 19), "slack": slack, "tone": tone}
    for name, stage, slack, tone in (
        ("Marisol Reyes Ortega", "gathering papers", "2 days late", "stop"),
        ("Jasmine Whitfield", "appointment booked", "9 days of slack", "wait"),
        ("Li Chen", "not started", "40 days of slack", "good"),
    )
]
AGREED = [("books", "books an appointment this week"), ("not_reached", "not reached")]
LEVELS = [
    (1, "Names a change, but nothing they did"),
    (2, "Acts because they were told to; reflects little"),
    (3, "Acts on their own; says what was hard"),
    (4, "Finds a way to fit in and says what they learned"),
    (5, "All of that, and uses it to help others"),
]
ANSWER = (
    "When my family moved I was fourteen and I didn’t know anybody. The first month I ate lunch in the library. "
    "Then I noticed that the front desk needed help with the Spanish-speaking parents, so I started to translate "
    "for them during lunch.\n\nWhat I learned is that being new is a kind of job. You look for the place where "
    "people need something and you start there."
)
MASKED = [[("When my family moved from ", ""), ("", "place"), (" I was fourteen.", "")]]
FIGURES = [
    ("64%", "had never left the country", False),
    ("25%", "flew for the first time", False),
    ("31", "first passports, none too late", False),
    ("", "came back to class the next term.", True),
]
COLLEGES = [
    ("East Los Angeles College", 31, 31, 9, "now"),
    ("Los Angeles City College", 26, 22, 8, "now"),
    ("Los Angeles Trade-Technical College", 19, 17, 5, "wait"),
]
NOTES = [
    {
        "who": "Marisol Reyes Ortega",
        "at": datetime(2027, 2, 3, 18, 42, tzinfo=UTC),
        "body": "I have 5 units now and 6 next term.\n\nCan I apply?",
    },
    {"who": "You", "at": datetime(2027, 2, 4, 17, 5, tzinfo=UTC), "body": "Yes, apply.", "is_mine": True},
]


EXAMPLES: dict[str, object] = {
    "student": {"email": "marisol@example.edu"},
    "phone": "+12135550134",
    "costs": {
        "lines": [
            {
                "label": "Application fee",
                "amount": "$130",
                "payee": "to the State Department",
                "who": "The city covers it.",
            },
            {"label": "Photo", "amount": "about $16", "payee": "at the store", "who": "Ask us who pays."},
        ],
        "total_label": "Total for a first passport",
        "total": "about $146",
        "sums": [("The city covers", "$130"), ("Not decided yet", "about $16")],
    },
    "notes": NOTES,
    "table": {"head": ["Stage", "Students"], "rows": [["Started", 211], ["Submitted", 148], ["Selected", 44]]},
    "dates": [
        {"title": "Take your passport photo", "on": date(2027, 3, 5), "href": "#dates"},
        {"title": "Orientation 1, at City Hall", "on": date(2027, 3, 13)},
        {"title": "Tell us who to call in an emergency", "on": date(2027, 3, 20), "href": "#dates"},
    ],
    "parts": [
        {"label": "Why this, why now", "href": "#answer"},
        {"label": "Something new", "href": "#answer", "current": True},
        {"label": "City choices", "href": "#answer"},
    ],
}


PROOF = "9f86d081884c7d65" * 4


@login_not_required
def styleguide(request: HttpRequest) -> HttpResponse:
    if not settings.DEMO:
        raise Http404
    frame = request.GET.get("as", "student")
    context = {
        "frame": frame if frame in FRAMES else "student",
        "frames": [{"label": name, "href": f"?as={name}", "current": name == frame} for name in FRAMES],
        "tones": TONES,
        "bar_tones": TONES[1:],
        "tickets": [ticket(stage) for stage in MARKS],
        "steps": [STEP, WAIT],
        "tasks": TASKS,
        "uploads": UPLOADS,
        "rows": ROWS,
        "stages": STAGES,
        "duties": DUTIES,
        "board": BOARD,
        "agreed": AGREED,
        **{"levels": LEVELS, "sample_paper": SAMPLE_PAPER, "progress_steps": PROGRESS_STEPS},
        "answer": ANSWER,
        "masked": MASKED,
        "proof": PROOF,
        "figures": FIGURES,
        "colleges": COLLEGES,
        "form": SampleForm(),
        "wrong_form": SampleForm({"name": "", "story": "", "passport": "maybe"}),
        **_samples(request),
        "samples": [
            Message(constants.SUCCESS, "Saved. You can close this page."),
            Message(constants.INFO, "We sent a code to your phone."),
            Message(constants.WARNING, "This link works until Friday."),
            Message(constants.ERROR, "The cycle closed on Friday, so nothing was sent. Your draft is kept."),
        ],
        "svg": render_to_string("exchange/web/styleguide_chart.html"),
        **EXAMPLES,
        "errors": [("id_name", "Type your full name.")],
    }
    return render(request, "exchange/web/styleguide.html", context)


def _samples(request: HttpRequest) -> dict[str, object]:
    page = Paginator([{"name": row[0], "submitted": row[1]} for row in COLLEGES], 50).page(1)
    form = SampleSearch(request.GET)
    # there in every installation, as no city's picture is
    drawing = static("exchange/pictures/both-sides.svg")
    return {
        "city_picture": ShownPicture(drawing, "", 320, 200, "What it shows"),
        "logo": Logo(drawing, 320, 200, drawing, 320, 200, "", ""),
        "filters": SampleFilters(),
        "page_obj": Paginator(range(300), 50).page(2),
        "list": worklist(request, title="Students", columns=SAMPLE_COLUMNS, form=form, page=page),
    }
