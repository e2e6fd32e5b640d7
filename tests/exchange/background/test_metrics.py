"""Figures for Prometheus: who may read them, that they are true, and that alarms name figures that there are."""

import datetime as dt
import json
import os
import re
import subprocess
import sys
import time
from ipaddress import ip_network
from pathlib import Path

import pytest
import yaml
from django.urls import reverse
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from exchange.background import clock, lookout, worker_life
from exchange.base.outage import Outage
from exchange.models import Backup, Heartbeat, Message
from tests.factories import UserFactory

DEPLOY = Path(__file__).parents[3] / "deploy"
ALERTS = [rule for group in yaml.safe_load((DEPLOY / "alerts.yml").read_text())["groups"] for rule in group["rules"]]
PANELS = json.loads((DEPLOY / "dashboard.json").read_text())["panels"]
EXPRESSIONS = [rule["expr"] for rule in ALERTS] + [each["expr"] for panel in PANELS for each in panel["targets"]]


def read(client, **extra):
    answer = client.get(reverse("metrics"), **extra)
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/plain")
    return {family.name: family for family in text_string_to_metric_families(answer.text)}


def value(families, name, **labels):
    found = [
        each.value
        for family in families.values()
        for each in family.samples
        if each.name == name and labels.items() <= each.labels.items()
    ]
    return sum(found)


@pytest.fixture
def here(settings):
    settings.METRICS_NETWORKS = [ip_network("127.0.0.0/8")]


@pytest.mark.django_db
@pytest.mark.parametrize("networks", [[], [ip_network("10.0.0.0/8")]])
def test_others_find_nothing_there(client, settings, networks, sign_in):
    settings.METRICS_NETWORKS = networks
    assert client.get(reverse("metrics")).status_code == 404
    assert sign_in(UserFactory(coordinator=True)).get(reverse("metrics")).status_code == 404


@pytest.mark.django_db
def test_behind_a_proxy_the_address_of_whoever_asks_counts(client, settings, here):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert client.get(reverse("metrics"), headers={"X-Forwarded-For": "127.0.0.1, 203.0.113.9"}).status_code == 404
    read(client, headers={"X-Forwarded-For": "203.0.113.9, 127.0.0.1"})


@pytest.mark.django_db
def test_how_long_requests_waited_is_told_before_it_is_too_long(client, here):
    before = read(client)
    client.get(reverse("home"), headers={"X-Request-Start": f"t={time.time() - 0.7:.3f}"})
    after = read(client)

    waits = [value(each, "exchange_wait_seconds_sum") for each in (before, after)]
    assert waits[1] - waits[0] == pytest.approx(0.7, abs=0.2)


@pytest.mark.django_db
def test_requests_are_counted_by_page_and_status_with_their_queries(client, here, sign_in):
    page = {"view": "people", "method": "GET", "status": "200"}
    before = read(client)
    sign_in(UserFactory(coordinator=True)).get(reverse("people"))
    client.get("/no/such/page/BCDFGHJK/")
    after = read(client)
    told = "exchange_request_seconds_count"
    assert value(after, told, **page) - value(before, told, **page) == 1
    nowhere = {"view": "-", "method": "GET", "status": "404"}
    assert value(after, told, **nowhere) - value(before, told, **nowhere) == 1
    asked = "exchange_request_queries_total"
    assert 3 < value(after, asked, view="people") - value(before, asked, view="people") < 20
    assert "BCDFGHJK" not in client.get(reverse("metrics")).text


@pytest.mark.django_db
def test_ages_and_counts_are_those_of_the_rows(client, here, django_assert_max_num_queries):
    now = timezone.now()
    Heartbeat.objects.create(name=worker_life.WORKER, at=now - dt.timedelta(seconds=90))
    Backup.objects.all().delete()
    late = now - dt.timedelta(minutes=20)
    for _each in range(2):
        said = {"subject": "x", "body": "x", "language": "en"}
        Message.objects.create(channel="email", address="a@example.edu", queued_at=late, **said)
    with django_assert_max_num_queries(17):
        families = read(client)
    assert value(families, "exchange_messages_waiting", channel="email") == 2
    assert value(families, "exchange_messages_waiting", channel="text") == 0
    assert value(families, "exchange_queue_age_seconds", queue="ordinary") == pytest.approx(1200, abs=5)
    assert value(families, "exchange_sign_age_seconds", part="worker") == pytest.approx(90, abs=5)
    assert "exchange_backup_age_seconds" not in families  # there is none, and 0 would be a fresh one
    assert 0 < value(families, "exchange_disk_free_ratio") <= 1


@pytest.mark.django_db
def test_a_service_that_is_away_and_the_certificate_are_told(client, here):
    services = [Outage("The post office"), Outage("The post office")]
    assert value(read(client), "exchange_service_away", service="post office") == 0
    assert "exchange_certificate_days_left" not in read(client)  # it wasn't read
    services[1].failed(OSError())
    clock.note(lookout.ENDS, timezone.now() + dt.timedelta(days=12))
    families = read(client)
    assert value(families, "exchange_service_away", service="post office") == 1
    assert value(families, "exchange_service_away", service="mail server") == 0
    assert value(families, "exchange_certificate_days_left") == pytest.approx(12, abs=0.1)
    services[1].worked()
    assert value(read(client), "exchange_service_away", service="post office") == 0


@pytest.fixture
def told(client, here):
    """Each figure by its name, with its labels, where all of it works and is set up."""
    now = timezone.now()
    Heartbeat.objects.create(name=worker_life.WORKER, at=now)
    clock.note(lookout.ENDS, now)
    Backup.objects.create(name="good", finished_at=now)
    client.get(reverse("home"), headers={"X-Request-Start": f"t={time.time():.3f}"})
    samples = [each for family in read(client).values() for each in family.samples]
    return {each.name: set(each.labels) for each in samples}


@pytest.mark.django_db
@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_alarms_and_dashboard_name_figures_and_labels_that_there_are(told, expression):
    assert expression.count("(") == expression.count(")")
    named = re.findall(r"(exchange_\w+)(?:\{(.*?)\})?", expression)
    assert named and {name for name, _labels in named} <= set(told)
    for name, labels in named:
        assert set(re.findall(r"(\w+)[!=]", labels)) <= told[name]
        assert set(re.findall(r"\w+", " ".join(re.findall(r"by \((.*?)\)", expression)))) <= told[name]


def test_each_panel_has_a_place_of_its_own():
    places = [tuple(panel["gridPos"][side] for side in "xy") for panel in PANELS]
    assert len(set(places)) == len(places) == len({panel["title"] for panel in PANELS})
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in PANELS)


COUNT = """
import sys, django
from prometheus_client import values
place = int(sys.argv[1])
values.ValueClass = values.MultiProcessValue(lambda: place)
django.setup()
from exchange.web import request_metrics
for _each in range(int(sys.argv[2])):
    request_metrics.count("home", "GET", 200, 0.01, 2, 0)
from prometheus_client import generate_latest
print(generate_latest(request_metrics.registry()).decode())
"""


def test_all_processes_are_told_together_and_one_that_is_started_anew_goes_on(tmp_path):
    told = ""
    for place, times in ((0, 3), (1, 4), (0, 5)):
        told = subprocess.run(
            [sys.executable, "-c", COUNT, str(place), str(times)],
            env=os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "exchange.settings"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    assert 'exchange_request_seconds_count{method="GET",status="200",view="home"} 12.0' in told
    assert 'exchange_request_queries_total{view="home"} 24.0' in told
    assert len(list(tmp_path.iterdir())) == 4  # a counter's and a histogram's of two places
