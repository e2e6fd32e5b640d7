"""Times backup, check and restore of many applications with a file each, with the memory that each command takes."""

import time
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from script.benchmarks.portal import Portal, portals, say
from script.benchmarks.report import machine, table

HEAD = ["Command", "seconds", "memory", "what"]
KILOBYTES = 20  # of each file: small, because their number costs more time than their bytes


def run(applications: int) -> str:
    with portals([applications]) as (portal,):
        files = portal.inside("files", KILOBYTES=str(KILOBYTES))
        portal.manage("close_log")  # what was written is days old, and by then a task has done it
        keys = _keys(portal)
        backup = _timed("backup", portal, ["backup"], keys)
        folder = next(path for path in Path(keys["BACKUP_DIR"]).iterdir() if path.name[0].isdigit())
        size = sum(path.stat().st_size for path in folder.iterdir())
        identity = str(portal.folder / "data.key")
        checked = _timed("verify_backup", portal, ["verify_backup", str(folder), "--identity", identity], keys)
        empty = _empty(portal)
        restored = _timed("restore", empty, ["restore", str(folder), "--identity", identity], keys)
        verified = _timed("verify", empty, ["verify"], {})
    what = [
        f"{size / 1e6:,.0f} MB, encrypted",
        "opened and compared, nothing written",
        "into an empty database and folder",
        "all files and rows of the restored portal",
    ]
    rows = [[*row, said] for row, said in zip((backup, checked, restored, verified), what, strict=True)]
    head = f"{machine()}.\n\n{applications:,} applications, {files:,} files of {KILOBYTES} KB:"
    return f"{head}\n\n{table(HEAD, rows)}"


def _keys(portal: Portal) -> dict[str, str]:
    """The settings of backups, with two new key pairs."""
    found = {"BACKUP_DIR": str(portal.folder / "backups"), "BACKUP_KEYS_DIR": str(portal.folder / "backup-keys")}
    for variable, name in (("BACKUP_RECIPIENTS", "data"), ("BACKUP_KEYS_RECIPIENTS", "keys")):
        file = portal.folder / f"{name}.key"
        portal.manage("backup_key", str(file))
        found[variable] = file.read_text().split()[3]
    return found


def _empty(portal: Portal) -> Portal:
    """The same portal with a new database and a new folder."""
    address = urlsplit(portal.url)
    name = f"{address.path[1:]}_restored"
    with psycopg.connect(portal.url, autocommit=True) as database:
        database.execute(f"CREATE DATABASE {name}")
    folder = portal.folder / "restored"
    folder.mkdir()
    return Portal(portal.number, address._replace(path=f"/{name}").geturl(), folder, portal.secret)


def _timed(label: str, portal: Portal, words: list[str], env: dict[str, str]) -> list[str]:
    started = time.monotonic()
    memory = portal.measured(*words, **env)
    took = time.monotonic() - started
    say(f"{label}: {took:.0f} s, {memory / 1e6:.0f} MB")
    return [f"`manage.py {label}`", f"{took:.0f}", f"{memory / 1e6:.0f} MB"]
