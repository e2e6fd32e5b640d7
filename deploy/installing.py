"""Installs the portal on a new Debian 13, all on one machine: what deploy/install asks and does (deploy/README.md).

Only Python's standard library. It can be run again after it was stopped or refused: what is there stays, above all keys
and passwords, and each former answer is offered again. Once a release runs, deploy/update is what changes the site.
"""

import os
import pwd
import re
import secrets
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from releases import ENVIRONMENT, OWNER, TAG, USER, Refused, call, environment_of, folder_name, manage, step, version_of

CODE = Path(__file__).resolve().parents[1]  # the clone in which this runs
CITIES = CODE / "travel/reference/cities"
SITE, DATA = Path("/srv/exchange"), Path("/var/lib/exchange")
PACKAGES = ("ca-certificates", "curl", "age", "postgresql", "redis-server")
UNSAFE = re.compile(r"[$`\\\"']")  # systemd and the shell read it each in its own way
HOST = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


# --- Pure: questions, and the file that the answers make --------------------------------------------


def host_name(answer: str) -> str:
    host = answer.lower().removeprefix("https://").removeprefix("http://").rstrip("/")
    if not HOST.fullmatch(host):
        raise Refused("That is no host name. It looks like exchange.example.gov, without a port or a path.")
    return host


def email_address(answer: str) -> str:
    if not re.fullmatch(r"[^\s@<>,]+@[^\s@<>,]+", answer):
        raise Refused("That is no email address. It looks like office@example.gov.")
    return answer


def phone_number(answer: str) -> str:
    if not re.fullmatch(r"[+0-9 ().-]+", answer) or len(re.sub(r"\D", "", answer)) < 10:
        raise Refused("That is no phone number with its area code. It looks like +1 213 555 0148.")
    return answer


def city_folder(answer: str) -> str:
    if answer and not (CITIES / answer / "home.toml").is_file():
        raise Refused(f"There is no such folder. Name one of {', '.join(cities())}, or none.")
    return answer


def cities() -> list[str]:
    return sorted(home.parent.name for home in CITIES.glob("*/home.toml"))


@dataclass(frozen=True)
class Question:
    name: str
    asks: str
    clean: Callable[[str], str]  # raises Refused
    variable: str  # which keeps the answer for the next time
    default: str = ""
    optional: bool = False


QUESTIONS = (
    Question("site", "Host name of the portal, such as exchange.example.gov", host_name, "ALLOWED_HOSTS"),
    Question("owner", "Email address of the person who looks after the portal", email_address, "ERROR_EMAILS"),
    Question("office", "Email address of the coordinator, who runs the program", email_address, "OFFICE_EMAIL"),
    Question("phone", "Phone number of the office, which every email shows", phone_number, "OFFICE_PHONE"),
    Question(
        "city",
        f"Folder of your city ({', '.join(cities())}), or none: the office fills in its own",
        city_folder,
        "REFERENCE_CITY",
        optional=True,
    ),
    Question("mail", "Mail server", host_name, "EMAIL_HOST", default="localhost"),
)


def ask_all(former: Mapping[str, str], ask: Callable[[str], str] = input) -> dict[str, str]:
    """The answers by the names of the questions; an empty one takes the former answer, shown in brackets."""
    return {
        question.name: _asked(question, former.get(question.variable, "") or question.default, ask)
        for question in QUESTIONS
    }


def _asked(question: Question, former: str, ask: Callable[[str], str]) -> str:
    while True:
        try:
            answer = ask(f"{question.asks}{f' [{former}]' if former else ''}: ").strip() or former
        except EOFError:
            raise Refused(f"There was no answer to “{question.asks}”. Nothing was done.") from None
        if answer == "none" and question.optional:
            answer = ""
        try:
            if not answer and not question.optional:
                raise Refused("This is needed.")
            if UNSAFE.search(answer):
                raise Refused("Leave out quotes, $, ` and \\.")
            return question.clean(answer)
        except Refused as problem:
            print(problem)


def values_of(answers: Mapping[str, str], present: Mapping[str, str]) -> dict[str, str]:
    """The variables of a first release on one machine. Keys and passwords that are there stay."""
    address = present.get("DATABASE_URL") or f"postgres://{USER}:{secrets.token_hex(24)}@localhost/{USER}"
    chosen = {
        "ALLOWED_HOSTS": answers["site"],
        "SITE_URL": f"https://{answers['site']}",
        "EMAIL_HOST": answers["mail"],
        "ERROR_EMAILS": answers["owner"],
        "SECURITY_CONTACT": answers["owner"],
        "OFFICE_EMAIL": answers["office"],
        "OFFICE_PHONE": answers["phone"],
        "REFERENCE_CITY": answers["city"],
    }
    made = {
        "SECRET_KEY": secrets.token_hex(32),
        "SEALING_KEY": secrets.token_hex(32),
        "DATABASE_URL": address,
        "CELERY_BROKER_URL": "redis://localhost:6379/0",
        "CACHE_URL": "redis://localhost:6379/1",
        "DATA_DIR": str(DATA),
        "STATIC_ROOT": "static",  # each release has its own
        "TRUSTED_PROXY_COUNT": "1",
        "CLAMAV_ADDRESS": "off",  # until “Files that students send” in deploy/README.md
        "OFFICE_NAME": "Exchange team",
    }
    return chosen | {name: present.get(name) or value for name, value in made.items()}


def filled(text: str, values: Mapping[str, str]) -> str:
    """An environment file with these values, each in the place of its line, whether that was a comment or not."""
    for name, value in values.items():
        line = f'{name}="{value}"' if " " in value else f"{name}={value}"
        there = re.compile(rf"^#?{name}=.*$", re.MULTILINE).search(text)
        text = f"{text[: there.start()]}{line}{text[there.end() :]}" if there else f"{text.rstrip()}\n{line}\n"
    return text


def newest_of(tags: list[str]) -> str:
    if not (releases := [tag for tag in tags if TAG.fullmatch(tag)]):
        raise Refused("The repository has no release yet: no tag such as v0.3.0. Ask those who look after the code.")
    return max(releases, key=version_of)


# --- The steps --------------------------------------------------------------------------------------


def check_new() -> None:
    if os.geteuid():
        raise Refused("Run this as root: it installs programs and makes users.")
    if (SITE / "current").is_symlink():
        raise Refused(f"A release runs here already. To change to a newer one: {SITE}/current/deploy/update TAG")
    if not shutil.which("apt-get"):
        raise Refused("This is for Debian 13. Elsewhere, follow its steps by hand: deploy/installing.py.")


def install_programs() -> None:
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    call(["apt-get", "update"], cwd=Path("/"), env=quiet)
    call(["apt-get", "install", "--yes", *PACKAGES], cwd=Path("/"), env=quiet)


def sql(text: str, database: str = "postgres") -> str:
    psql: list[str | Path] = ["runuser", "--user", "postgres", "--", "psql", "--set", "ON_ERROR_STOP=1", "--quiet"]
    return call([*psql, "--no-align", "--tuples-only", database], cwd=Path("/"), stdin=text)


def passwords() -> list[str]:
    """Of the role that owns the tables and of the portal's own, as the two files name them."""
    found = []
    for file, name in ((OWNER, "OWNER_DATABASE_URL"), (ENVIRONMENT, "DATABASE_URL")):
        match = re.fullmatch(r"postgres://\w+:(\w+)@localhost/exchange", environment_of(file.read_text()).get(name, ""))
        if not match:
            raise Refused(f"{name} in {file} isn't the database “exchange” of this machine. Mend it, or remove it.")
        found.append(match[1])
    return found


def make_database() -> None:
    owner, portal = passwords()
    sql(f"\\set owner {owner}\n\\set portal {portal}\n{(CODE / 'deploy/roles.sql').read_text()}")
    sql((CODE / "deploy/grants.sql").read_text(), "exchange")
    # tasks that wait survive a restart, and none is dropped when memory is short
    for words in (("SET", "appendonly", "yes"), ("SET", "maxmemory-policy", "noeviction"), ("REWRITE",)):
        call(["redis-cli", "CONFIG", *words], cwd=Path("/"))


def check_keys() -> None:
    """Rows of a portal whose keys are gone must not get new ones: nothing could open them."""
    if ENVIRONMENT.exists() or not sql("SELECT 1 FROM pg_database WHERE datname = 'exchange';").strip():
        return
    if sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public';", "exchange").strip() != "0":
        raise Refused(
            f"The database “exchange” has tables already, and {ENVIRONMENT}, which has their keys, isn't there. Bring "
            "that file back. Or restore a backup: deploy/README.md, “Restoring”."
        )


def make_user() -> None:
    try:
        pwd.getpwnam(USER)
    except KeyError:
        call(["useradd", "--system", "--home-dir", DATA, USER], cwd=Path("/"))
    for folder, option in ((DATA, "--owner"), (ENVIRONMENT.parent, "--group")):
        call(["install", "--mode", "0750", option, USER, "--directory", folder], cwd=Path("/"))


def write_environment(answers: Mapping[str, str]) -> None:
    text = (ENVIRONMENT if ENVIRONMENT.exists() else CODE / ".env.example").read_text()
    replace(ENVIRONMENT, filled(text, values_of(answers, former(ENVIRONMENT))), 0o640)
    shutil.chown(ENVIRONMENT, group=USER)
    if not OWNER.exists():  # for root alone
        replace(OWNER, owner_line(), 0o600)


def owner_line() -> str:
    return f"OWNER_DATABASE_URL=postgres://{USER}_owner:{secrets.token_hex(24)}@localhost/{USER}\n"


def write_for_containers(folder: Path) -> None:
    """The same two files. Several containers' users read them, so the folder is what keeps others out."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    environment, owner = folder / "environment", folder / "owner"
    answers = ask_all(former(environment))
    text = (environment if environment.exists() else CODE / ".env.example").read_text()
    replace(environment, filled(text, values_of(answers, former(environment))), 0o444)
    if not owner.exists():
        replace(owner, owner_line(), 0o444)
    print(f"Written: {environment} and {owner}. Next, in {CODE}/deploy/README.md: “In containers”.")


def former(environment: Path) -> dict[str, str]:
    return environment_of(environment.read_text()) if environment.exists() else {}


def replace(path: Path, text: str, mode: int) -> None:
    """Whole or not at all, and at no moment for others to read."""
    new = path.with_name(f".{path.name}")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    new.chmod(mode)
    new.replace(path)


def bring_code() -> tuple[str, Path]:
    """The newest tag, and its folder. The history is nobody's but root's."""
    repository, new = SITE / "repository.git", SITE / "repository.new"
    if not repository.exists():
        SITE.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(new, ignore_errors=True)
        call(
            ["git", "clone", "--quiet", "--bare", call(["git", "remote", "get-url", "origin"], cwd=CODE).strip(), new],
            cwd=CODE,
        )
        new.chmod(0o700)
        new.rename(repository)
    git: list[str | Path] = ["git", "-C", repository]
    call([*git, "fetch", "--quiet", "origin", "refs/tags/*:refs/tags/*"], cwd=CODE)
    tag = newest_of(call([*git, "tag"], cwd=CODE).split())
    release = SITE / "releases" / folder_name(version_of(tag))
    shutil.rmtree(release, ignore_errors=True)  # of an earlier try
    call([*git, "worktree", "prune"], cwd=CODE)
    call([*git, "worktree", "add", "--quiet", "--detach", release, tag], cwd=CODE)
    return tag, release


def install() -> None:
    check_new()
    answers = ask_all(former(ENVIRONMENT))
    with step("Programs"):
        install_programs()
    with step("Its user, its environment and its database"):
        check_keys()
        make_user()
        write_environment(answers)
        make_database()
    with step("Its code"):
        tag, release = bring_code()
    if subprocess.run([release / "deploy/update", tag], check=False, stdin=subprocess.DEVNULL).returncode:
        raise Refused(f"{tag} doesn't run yet: what was said is above. Mend it, then run this again.")
    for address, words in ((answers["owner"], ("--as", "owner")), (answers["office"], ())):
        print(f"\n{manage(release, 'start', address, *words)}", end="", flush=True)
    print(f"\nThe portal runs at 127.0.0.1:8000. Next, in {SITE}/current/deploy/README.md: “The proxy” and “Backups”.")
