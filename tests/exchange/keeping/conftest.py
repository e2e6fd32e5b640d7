"""Fixtures of backups: `systems` has what they are made of, loaded only when Django is ready.

`backup` is a copy of one that was taken once per run, from a database of its own: tests that spoil it or refuse it
commit nothing, so nothing has to be emptied after them.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest


@pytest.fixture
def keys(tmp_path, settings):
    """Two private keys, and the settings of a portal that backs up to two folders."""
    from tests.exchange.keeping import systems  # noqa: PLC0415 -- only now is Django ready

    made = systems.Keys.new(tmp_path)
    for name, value in made.settings.items():
        setattr(settings, name, value)
    return made


@pytest.fixture
def private_files(tmp_path, settings) -> Callable[[str], None]:
    """`private_files("name")` makes a folder of that name the default storage."""
    from tests.exchange.keeping import systems  # noqa: PLC0415 -- only now is Django ready

    def use(name: str) -> None:
        settings.STORAGES = systems.storages_in(tmp_path / name)

    use("private")
    return use


@pytest.fixture
def small_world(transactional_db, private_files, monkeypatch):
    from tests.exchange.keeping import systems  # noqa: PLC0415 -- only now is Django ready

    monkeypatch.setattr(*systems.RECORD_OF_MIGRATIONS)
    return systems.make_world()


@pytest.fixture(scope="session")
def taken_once(django_db_setup, django_db_blocker, tmp_path_factory):
    from tests.exchange.keeping import systems  # noqa: PLC0415 -- only now is Django ready

    with django_db_blocker.unblock():
        return systems.take_in_a_database_of_its_own(tmp_path_factory.mktemp("taken-once"))


@pytest.fixture
def backup(taken_once, tmp_path, settings):
    """`.folder`, `.manifest` and `.keys`, the file with the data's private key; all may be spoiled."""
    from tests.exchange.keeping import systems  # noqa: PLC0415 -- only now is Django ready

    folder = tmp_path / "backups" / taken_once.folder.name
    shutil.copytree(taken_once.folder, folder)
    shutil.copy(taken_once.keys.data, tmp_path / "data.key")
    for name, value in (taken_once.keys.settings | {"BACKUP_DIR": str(folder.parent)}).items():
        setattr(settings, name, value)
    return systems.Taken(folder, taken_once.manifest, systems.Keys(tmp_path / "data.key", taken_once.keys.keys, {}))


@pytest.fixture
def empty_system(tmp_path, private_files, django_db_setup, django_db_blocker) -> Iterator[Callable]:
    """`with empty_system():` is a portal with an empty database and an empty storage; the same one each time."""
    from tests.exchange.keeping import systems  # noqa: PLC0415 -- only now is Django ready

    with django_db_blocker.unblock(), systems.new_database(tmp_path) as name:

        @contextmanager
        def enter() -> Iterator[None]:
            private_files("private-restored")
            with systems.database_named(name):
                yield
            private_files("private")

        yield enter
