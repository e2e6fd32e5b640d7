import threading

import pytest
from django.urls import reverse

from exchange.background import health


def test_healthz_answers_without_the_database(client):
    # without the django_db mark, pytest refuses database access
    response = client.get(reverse("healthz"))

    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db(transaction=True)
def test_readyz_names_each_part(client):
    response = client.get(reverse("readyz"))

    assert response.status_code == 200
    assert response.json() == {"status": "ok", "database": "ok", "broker": "ok", "storage": "ok"}
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("url", ["healthz", "readyz"])
def test_health_addresses_only_answer_questions(client, url):
    assert client.head(reverse(url)).status_code == 200
    assert client.post(reverse(url)).status_code == 405


class Broken(health.HealthCheck):
    def run(self):
        raise RuntimeError("could not connect to postgres://portal:hunter2@db")


class Hanging(health.HealthCheck):
    over = threading.Event()

    def run(self):
        self.over.wait(30)


@pytest.mark.parametrize("part", ["database", "broker", "storage"])
def test_readyz_names_the_failing_part_and_no_secret(client, monkeypatch, part):
    fine = type("Fine", (health.HealthCheck,), {"run": lambda self: None})
    monkeypatch.setattr(health, "CHECKS", dict.fromkeys(health.CHECKS, fine) | {part: Broken})

    response = client.get(reverse("readyz"))

    assert response.status_code == 503
    assert response.json() == {"status": "failing", "database": "ok", "broker": "ok", "storage": "ok"} | {
        part: "failing"
    }
    assert b"hunter2" not in response.content


def test_readyz_does_not_wait_for_a_part_that_hangs(client, monkeypatch):
    monkeypatch.setattr(health, "SECONDS", 0.2)
    monkeypatch.setattr(health, "CHECKS", {"storage": Hanging})

    response = client.get(reverse("readyz"))

    assert not Hanging.over.is_set()  # it still hangs
    Hanging.over.set()
    assert response.json() == {"status": "failing", "storage": "failing"}


def test_broker_that_is_away_is_found(settings, monkeypatch):
    settings.BROKER_URL = url = "redis://127.0.0.1:1/0"
    connect = health.current_app.connection_for_write
    monkeypatch.setattr(health.current_app, "connection_for_write", lambda **options: connect(url, **options))

    with pytest.raises(Exception, match="refused"):
        health.Broker().run()


def test_broker_folder_that_is_away_is_found(settings, tmp_path):
    settings.QUEUE_DIR = tmp_path / "gone"

    with pytest.raises(health.ServiceUnavailable):
        health.Broker().run()
