"""Which tests a change can break: those of the changed packages, and of every package that imports a changed module.

    python -m script.changed [COMMIT]           prints the tests' paths, one to a line
    python -m script.changed --files [COMMIT]   prints the changed files

Imports are read by grimp, the library under import-linter, which knows the order of the packages.
"""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parent.parent
APPS = ("exchange", "applications", "travel")
# a package and its migrations or models: every step stands on them
ALWAYS = ("tests/test_architecture.py", "tests/test_phrases.py", "tests/test_translations.py")


class Refused(Exception):
    """It can't be told what has changed; the text says what to do."""


def git(*words: str) -> list[str]:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused("--changed needs a git checkout to compare with. Run script/test, or name the tests to run.")
    return done.stdout.splitlines()


def base() -> str:
    """Where this branch left its origin; the last commit but one in a clean checkout of the origin itself."""
    for origin in ("@{upstream}", "origin/HEAD"):
        try:
            (found,) = git("merge-base", "HEAD", origin)
        except Refused:
            continue
        return found if found != git("rev-parse", "HEAD")[0] or git("status", "--porcelain") else "HEAD~1"
    return "HEAD" if git("status", "--porcelain") else "HEAD~1"


def changed_files(since: str) -> list[str]:
    return [*git("diff", "--name-only", "--diff-filter=d", since), *git("ls-files", "--others", "--exclude-standard")]


def package_of(path: str) -> str | None:
    """`travel.prepare` of its modules and templates; an app's own name for what all of its packages stand on."""
    parts = Path(path).parts
    if parts[0] == "templates" and len(parts) > 1:
        parts = parts[1:]
    if parts[0] not in APPS or path.startswith("templates/emails"):
        return None
    is_package = len(parts) > 2 and (ROOT / parts[0] / parts[1] / "__init__.py").exists() and parts[1] != "migrations"
    return f"{parts[0]}.{parts[1]}" if is_package else parts[0]


def standing_on(files: Iterable[str]) -> set[str]:
    """The packages of these files, and those that import one of the changed modules, directly or through others."""
    files = [*files]
    graph, found = grimp.build_graph(*APPS), {package for path in files if (package := package_of(path))}
    for path in files:
        module = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        if path.endswith(".py") and module in graph.modules:
            found.update(".".join(each.split(".")[:2]) for each in graph.find_downstream_modules(module))
    return found


def paths_to_test(files: Iterable[str]) -> list[str]:
    """Paths for pytest, shortest first; [] if no test can tell the difference."""
    paths = {path for path in files if path.startswith("tests/") and Path(path).name.startswith("test_")}
    shared = [path for path in files if path.startswith("tests/") and path not in paths and path.endswith(".py")]
    if shared or any(path.startswith("templates/emails") for path in files):
        paths.add("tests/test_message_templates.py")
    packages = standing_on(files)
    for package in packages:
        folder = Path("tests", *package.split("."))
        if (ROOT / folder).is_dir():
            paths.add(folder.as_posix())
    if packages:
        paths.update(ALWAYS)
    folders = {path for path in paths if (ROOT / path).is_dir()}
    return sorted(path for path in paths if not any(str(parent) in folders for parent in Path(path).parents))


def main() -> int:
    words = [word for word in sys.argv[1:] if word != "--files"]
    try:
        files = changed_files(words[0] if words else base())
    except Refused as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(files if "--files" in sys.argv else paths_to_test(files)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
