"""Updates an installed site to a release, and goes back: what deploy/update and deploy/rollback do (docs/adr/0034).

Only Python's standard library, because no release's own libraries are known to be there. A site is a folder with

    repository.git        the tags, for root alone
    releases/0.3.0        one release: its code, its .venv, its static files; the newest three are kept
    current               a link to the release that runs
    static                the static files of all kept releases whose names have a hash; the proxy serves them
"""

import fcntl
import http.client
import os
import pwd
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

SITE = Path(__file__).resolve().parents[3]
RELEASES, CURRENT, REPOSITORY, STATIC = SITE / "releases", SITE / "current", SITE / "repository.git", SITE / "static"
ENVIRONMENT, OWNER = Path("/etc/exchange/environment"), Path("/etc/exchange/owner")
UNITS = Path("/etc/systemd/system")
USER = "exchange"
WEB = "127.0.0.1:8000"
KEPT = 3
SPARE = 500 * 1024 * 1024  # bytes that stay free
BACKGROUND = ("exchange-background", "exchange-worker", "exchange-urgent", "exchange-heavy")
TAG = re.compile(r"v?(\d+(?:\.\d+)+)")
HASHED = re.compile(r".+\.[0-9a-f]{12}\.[a-z0-9]+(\.gz|\.br)?")

type Version = tuple[int, ...]


class Refused(Exception):
    """What was not done, and what to do; nothing that people notice has changed."""


# --- Pure: which release is which -------------------------------------------------------------------


def version_of(tag: str) -> Version:
    if not (match := TAG.fullmatch(tag)):
        raise Refused(f"“{tag}” is no release. Name a tag such as v0.4.0: git -C {REPOSITORY} tag")
    return tuple(int(part) for part in match[1].split("."))


def folder_name(version: Version) -> str:
    return ".".join(map(str, version))


def check_newer(tag: str, running: Version) -> Version:
    """The version of a tag that may follow the running one."""
    wanted = version_of(tag)
    if wanted == running:
        raise Refused(f"{folder_name(running)} runs already.")
    if wanted < running:
        raise Refused(
            f"{folder_name(wanted)} is older than {folder_name(running)}, which runs. "
            "To go back to the release before: deploy/rollback"
        )
    return wanted


def former_of(running: Version, present: Iterable[Version], left: Iterable[Version]) -> Version:
    """The release to go back to: the newest before the running one, of those that nobody has gone back from."""
    earlier = sorted(set(present) - set(left) - {running}, reverse=True)
    for version in earlier:
        if version < running:
            return version
    raise Refused(f"No release before {folder_name(running)} is kept here. Update to a newer one that mends it.")


def to_remove(running: Version, present: Iterable[Version], left: Iterable[Version]) -> list[Version]:
    """All but the running release and the two newest others, those that were left being the first to go."""
    gone = set(left)
    others = sorted(set(present) - {running}, key=lambda version: (version not in gone, version), reverse=True)
    return others[KEPT - 1 :]


def environment_of(text: str) -> dict[str, str]:
    """As systemd reads an EnvironmentFile: one assignment a line, double quotes taken off."""
    found = {}
    for line in text.splitlines():
        if match := re.fullmatch(r"([A-Z0-9_]+)=(.*)", line):
            value = match[2].strip()
            found[match[1]] = value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value
    return found


def check_room(needed: int, free: int, where: Path) -> None:
    if free < needed:
        raise Refused(
            f"{where} has {free >> 20:,} MB free, and the update needs {needed >> 20:,} MB. Make room, then try again."
        )


# --- What is there ----------------------------------------------------------------------------------


def running_release() -> Path | None:
    return CURRENT.resolve() if CURRENT.is_symlink() else None


def present() -> list[Version]:
    return [version_of(path.name) for path in RELEASES.iterdir() if path.is_dir() and TAG.fullmatch(path.name)]


def mark_of(version: Version) -> Path:
    """A file that says that somebody went back from this release."""
    return RELEASES / f".left-{folder_name(version)}"


def left() -> list[Version]:
    return [version for version in present() if mark_of(version).exists()]


def size_of(folder: Path) -> int:
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*") if not path.is_dir())


# --- Running commands -------------------------------------------------------------------------------


@contextmanager
def step(what: str) -> Iterator[None]:
    """Prints what is done and how long it took."""
    print(f"{what:<56}", end="", flush=True)
    start = time.monotonic()
    try:
        yield
    except BaseException:
        print("failed", flush=True)
        raise
    print(f"{time.monotonic() - start:6.1f} s", flush=True)


def call(command: list[str | Path], *, cwd: Path = SITE, env: dict[str, str] | None = None, stdin: str = "") -> str:
    """What the command prints. Refused, with all that it said, if it fails."""
    done = subprocess.run(command, cwd=cwd, env=env, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stdout + done.stderr).strip() or f"It ended with {done.returncode}."
        raise Refused(f"{' '.join(map(str, command))}\n{said}")
    return done.stdout


def environment() -> dict[str, str]:
    inherited = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    return inherited | environment_of(ENVIRONMENT.read_text())


def is_user() -> bool:
    return pwd.getpwuid(os.geteuid()).pw_name == USER


def as_user(command: list[str | Path]) -> list[str | Path]:
    return command if is_user() else ["runuser", "--user", USER, "--", *command]


def manage(release: Path, *words: str, stdin: str = "") -> str:
    """A command of this release, as the portal's user."""
    command = as_user([release / ".venv/bin/python", "manage.py", *words])
    return call(command, cwd=release, env=environment(), stdin=stdin)


def git(*words: str | Path) -> str:
    return call(["git", "-C", REPOSITORY, *words])


def systemctl(*words: str) -> None:
    call(["systemctl", *words])


def enabled(*units: str) -> list[str]:
    """Those of them that this machine runs."""
    return [unit for unit in units if not subprocess.run(["systemctl", "is-enabled", "--quiet", unit]).returncode]


# --- The steps --------------------------------------------------------------------------------------


@contextmanager
def alone() -> Iterator[None]:
    if not os.access(RELEASES, os.W_OK):
        raise Refused(f"Run this as root: it writes in {SITE}.")
    with (SITE / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused("Another update or rollback is under way here. Wait until it has ended.") from None
        yield


def fetch(tag: str) -> str:
    """The commit of the tag, brought here."""
    git("fetch", "--quiet", "origin", "refs/tags/*:refs/tags/*")
    try:
        return git("rev-parse", "--verify", "--quiet", f"refs/tags/{tag}^{{commit}}").strip()
    except Refused:
        newest = git("tag", "--sort=-version:refname").split()[:5]
        raise Refused(f"There is no tag {tag}. The newest are: {', '.join(newest) or 'none'}.") from None


def check_clean(release: Path) -> None:
    if changed := call(["git", "-C", release, "status", "--porcelain"]).rstrip():
        raise Refused(
            f"Files in {release} were changed by hand, and the update would leave these changes behind:\n{changed}\n"
            f"Bring them into a release, or undo them: git -C {release} stash --include-untracked"
        )


def check_disk(release: Path, values: dict[str, str]) -> None:
    needs = {SITE: size_of(release) + SPARE}
    if folder := values.get("BACKUP_DIR"):
        newest = max(Path(folder).glob("2*"), default=None)
        needs[Path(folder)] = (size_of(newest) if newest else 0) + SPARE
    together: dict[int, int] = {}  # by file system
    for where, needed in needs.items():
        if where.exists():
            device = where.stat().st_dev
            together[device] = together.get(device, 0) + needed
            check_room(together[device], shutil.disk_usage(where).free, where)


def check_values(values: dict[str, str]) -> None:
    """What an update itself needs from the environment."""
    if values.get("STATIC_ROOT") != "static":
        raise Refused(f"Set STATIC_ROOT=static in {ENVIRONMENT}: each release has static files of its own.")
    if "OWNER_DATABASE_URL" not in environment_of(OWNER.read_text() if OWNER.exists() else ""):
        raise Refused(f"{OWNER} has no OWNER_DATABASE_URL, the role that brings tables up to date: deploy/README.md.")


def build(release: Path, commit: str) -> None:
    (release / "commit").write_text(f"{commit}\n")
    call([release / "script/bootstrap"], cwd=release, env=dict(os.environ) | {"UV_COMPILE_BYTECODE": "1"})
    python, values = release / ".venv/bin/python", environment()
    # the portal's user can't write here, and a start without compiled code takes four times as long
    call([python, "-m", "compileall", "-q", "-j", "0", "exchange", "applications", "travel"], cwd=release)
    call([python, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"], cwd=release, env=values)


def check_migrations(release: Path, running: Path) -> None:
    """Refused if the running release can't go on with what this one would make of the database."""
    try:
        manage(release, "expand_only", "--beside", "-", stdin=manage(running, "expand_only"))
    except Refused as problem:
        raise Refused(
            f"{running.name}, which runs, can't go on beside these migrations of {release.name}:\n{problem}\n"
            "Update to the releases between them first, one after the other, or ask for a release that only adds."
        ) from None


def migrate(release: Path) -> None:
    """With the role that owns the tables; its password is in no environment of the portal's user."""
    owner = environment_of(OWNER.read_text())["OWNER_DATABASE_URL"]
    values = environment() | {"DATABASE_URL": owner}
    call([release / ".venv/bin/python", "manage.py", "migrate", "--no-input"], cwd=release, env=values)


def write_away_page(release: Path) -> None:
    page = release / "static/away.html"
    new = page.with_suffix(".new")
    new.write_text(manage(release, "away_page"))
    new.replace(page)


def share_static(release: Path) -> None:
    """A page that was opened under another release asks for that one's files."""
    for path in hashed_files(release / "static"):
        there = STATIC / path
        there.parent.mkdir(parents=True, exist_ok=True)
        if not there.exists():
            os.link(release / "static" / path, there)


def hashed_files(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*") if HASHED.fullmatch(path.name) and path.is_file()}


def rehearse(release: Path) -> None:
    """Start the release's web server where nobody reaches it, and look at it."""
    with tempfile.TemporaryDirectory() as name:
        if not is_user():
            shutil.chown(name, USER)
        there = f"{name}/web"
        gunicorn: list[str | Path] = [release / ".venv/bin/gunicorn", "--config", "deploy/gunicorn.conf.py"]
        command = as_user([*gunicorn, "--workers", "1", "--bind", f"unix:{there}", "exchange.wsgi"])
        with (Path(name) / "log").open("w+") as log:
            web = subprocess.Popen(command, cwd=release, env=environment(), stdout=log, stderr=log)
            try:
                look(release, lambda: connection(there), is_alive=lambda: web.poll() is None)
            except Refused as problem:
                log.seek(0)
                raise Refused(f"{problem}\n{log.read()[-3000:]}") from None
            finally:
                web.terminate()
                web.wait()


def connection(address: str) -> socket.socket:
    if address.startswith("/"):
        found = socket.socket(socket.AF_UNIX)
        found.settimeout(30)
        found.connect(address)
        return found
    host, _colon, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), 30)


def look(
    release: Path,
    connect: Callable[[], socket.socket],
    *,
    is_alive: Callable[[], bool] = lambda: True,
    seconds: int = 60,
) -> None:
    """/readyz, and a page with a style sheet of this release."""
    host, until, told = urlsplit(environment()["SITE_URL"]).netloc, time.monotonic() + seconds, "nothing answered"
    while is_alive() and time.monotonic() < until:
        try:
            ready, text = ask(connect, host, "/readyz")
            status, page = ask(connect, host, "/") if ready == 200 else (0, "")
            sheet = re.search(r"/static/(\S+?\.css)", page)
            if status == 200 and sheet and (release / "static" / sheet[1]).exists():
                return
            told = f"/readyz answered {ready}, / {status}: {(page or text)[:300]}"
        except OSError as error:
            told = str(error)
        time.sleep(0.2)
    raise Refused(f"The web server of {release.name} doesn't answer as it should: {told}")


def ask(connect: Callable[[], socket.socket], host: str, path: str) -> tuple[int, str]:
    line = http.client.HTTPConnection(host)
    line.sock = connect()
    try:
        line.request("GET", path, headers={"Host": host, "X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.1"})
        answer = line.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    except http.client.HTTPException as error:
        raise OSError(f"{type(error).__name__}: {error}") from error
    finally:
        line.close()


def switch(release: Path) -> None:
    new = CURRENT.with_name(".current")
    new.unlink(missing_ok=True)
    new.symlink_to(release.relative_to(SITE))
    new.replace(CURRENT)


def install_units(release: Path) -> None:
    for unit in sorted((release / "deploy").glob("exchange-*.*")):
        there = UNITS / unit.name
        if not there.exists() or there.read_bytes() != unit.read_bytes():
            shutil.copyfile(unit, there)
    systemctl("daemon-reload")


def serve(release: Path) -> None:
    """From now on this release runs here: web at once, background work after the tasks in hand."""
    with step(f"{release.name}: web"):
        switch(release)
        install_units(release)
        if enabled("exchange-web"):
            systemctl("restart", "exchange-web")
            look(release, lambda: connection(WEB))
    if background := enabled(*BACKGROUND):
        with step(f"{release.name}: background work, after the tasks in hand"):
            systemctl("restart", *background)


def serve_or_return(release: Path, running: Path) -> None:
    try:
        serve(release)
    except (Refused, OSError) as problem:
        print(f"{problem}\n\nGoing back to {running.name}.", file=sys.stderr)
        serve(running)
        raise Refused(f"{running.name} runs again: {release.name} didn't start. What was said is above.") from None


def clean_up(release: Path) -> None:
    for version in to_remove(version_of(release.name), present(), left()):
        remove(RELEASES / folder_name(version))
    wanted = set().union(*(hashed_files(RELEASES / folder_name(version) / "static") for version in present()))
    for path in hashed_files(STATIC) - wanted:
        (STATIC / path).unlink()


def remove(release: Path) -> None:
    shutil.rmtree(release)
    git("worktree", "prune")
    mark_of(version_of(release.name)).unlink(missing_ok=True)


# --- The two acts -----------------------------------------------------------------------------------


def update(tag: str, *, without_backup: bool = False) -> None:
    with alone():
        running = running_release()
        if running is None:
            install(tag)
            return
        version = check_newer(tag, version_of(running.name))
        with step(f"{tag}: fetched and checked"):
            commit, values = fetch(tag), environment()
            check_clean(running)
            check_values(values)
            check_disk(running, values)
            if not without_backup and "BACKUP_DIR" not in values:
                raise Refused(
                    "No backup could be taken before the update: BACKUP_DIR isn't set. deploy/README.md, “Backups”, "
                    "says how. With a backup of your own: deploy/update --without-backup"
                )
        release = RELEASES / folder_name(version)
        if release.exists():
            remove(release)
        try:
            prepare(release, commit, running, without_backup=without_backup)
        except (Refused, OSError, KeyboardInterrupt) as problem:
            if release.exists():
                remove(release)
            raise Refused(
                f"{problem}\n\nNothing was switched: {running.name} goes on. "
                "What was added to the database before that stays there, and does no harm."
            ) from None
        serve_or_return(release, running)
        clean_up(release)
        print(f"{release.name} runs. To go back to {running.name}: {CURRENT}/deploy/rollback")
        if (running / "deploy/nginx.conf").read_bytes() != (release / "deploy/nginx.conf").read_bytes():
            print(f"The proxy's configuration has changed: compare {release}/deploy/nginx.conf with the one in use.")


def prepare(release: Path, commit: str, running: Path, *, without_backup: bool) -> None:
    """Everything before the switch, beside the running release."""
    with step("Built beside the running release"):
        git("worktree", "add", "--quiet", "--detach", release, commit)
        build(release, commit)
    with step("Environment and migrations fit"):
        manage(release, "check", "--deploy", "--fail-level", "ERROR")
        check_migrations(release, running)
    # told, and no more: the release that runs may have the same weakness and others besides
    print(manage(release, "advisories").rstrip(), flush=True)
    if not without_backup:
        with step("Backup"):
            manage(running, "backup")
    with step("Database brought up to date"):
        migrate(release)
        manage(release, "load_reference")
    with step("Rehearsed"):
        write_away_page(release)
        share_static(release)
        rehearse(release)


def install(tag: str) -> None:
    """The first release of a site, in whose folder this runs."""
    release = RELEASES / folder_name(version_of(tag))
    check_values(environment())
    with step("Built"):
        build(release, git("rev-parse", f"refs/tags/{tag}^{{commit}}").strip())
        manage(release, "check", "--deploy", "--fail-level", "ERROR")
    with step("Database made"):
        migrate(release)
        manage(release, "load_reference")
        write_away_page(release)
        share_static(release)
    with step("Started"):
        switch(release)
        install_units(release)
        systemctl("enable", "--now", "exchange-web.socket", "exchange-web", "exchange-background")
        look(release, lambda: connection(WEB))


def rollback() -> None:
    with alone():
        running = running_release()
        if running is None:
            raise Refused("No release runs here yet.")
        former = RELEASES / folder_name(former_of(version_of(running.name), present(), left()))
        with step(f"Whether {former.name} can run on this database"):
            try:
                manage(running, "expand_only", "--beside", "-", stdin=manage(former, "expand_only"))
            except Refused as problem:
                raise Refused(
                    f"{former.name} can't run on this database anymore:\n{problem}\n\n"
                    f"Nothing was changed: {running.name} goes on. Update to a newer release that mends it. Or restore "
                    "the backup from before the update (deploy/README.md, “Restoring”), and lose what was saved since."
                ) from None
            manage(former, "check", "--deploy", "--fail-level", "ERROR")
        share_static(former)
        serve_or_return(former, running)
        mark_of(version_of(running.name)).touch()
        print(f"{former.name} runs, on the database as {running.name} left it: its migrations only added. They stay.")


def run(act: Callable[[], None]) -> None:
    os.umask(0o022)  # the portal's user and the proxy read what is built here
    try:
        act()
    except Refused as problem:
        sys.exit(f"\n{problem}")
