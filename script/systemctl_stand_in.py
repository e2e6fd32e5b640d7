#!/usr/bin/python3 -B
"""Stands in for systemctl where there is no systemd: script/try-deploy and a test of updates.

It starts and stops what the unit files name, as their user, with their environment and their socket: main process first
(KillMode=mixed), started once it says so (Type=notify). Nothing is started again that ended by itself.
"""

import ctypes
import os
import pwd
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

UNITS = Path(os.environ.get("STAND_IN_UNITS", "/etc/systemd/system"))
STATE = Path(os.environ.get("STAND_IN_STATE", "/run/try"))
LOGS = Path(os.environ.get("STAND_IN_LOGS", "/var/log"))
PIDFD_GETFD = 438


class Unit:
    def __init__(self, name: str) -> None:
        self.name = name if "." in name else f"{name}.service"
        self.file, self.pid_file = UNITS / self.name, STATE / f"{self.name}.pid"
        self.text = self.file.read_text() if self.file.exists() else ""

    def of(self, key: str, default: str = "") -> str:
        return next(iter(re.findall(rf"^{key}=(.*)$", self.text, re.MULTILINE)), default)

    @property
    def pid(self) -> int:
        """0 if it doesn't run."""
        with suppress(OSError, ValueError):
            pid = int(self.pid_file.read_text())
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
                return pid
        return 0

    def start(self) -> None:
        if self.pid or self.name.endswith(".timer"):
            return
        for other in self.of("Requires").split():
            Unit(other).start()
        self.hold() if self.name.endswith(".socket") else self.run()

    def hold(self) -> None:
        """A process that keeps the listening socket, and does nothing else."""
        host, _colon, port = self.of("ListenStream").rpartition(":")
        if os.fork():
            for _each in range(100):
                if self.pid:
                    return
                time.sleep(0.05)
            sys.exit(f"{self.name} can't listen")
        os.setsid()
        line = socket.create_server((host, int(port)), backlog=4096)
        os.dup2(line.fileno(), 3)
        quiet = os.open(os.devnull, os.O_RDWR)
        for standard in range(3):
            os.dup2(quiet, standard)
        self.pid_file.write_text(str(os.getpid()))
        while True:
            signal.pause()

    def run(self) -> None:
        env = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        for line in Path(self.of("EnvironmentFile")).read_text().splitlines():
            if match := re.fullmatch(r"([A-Z0-9_]+)=(.*)", line):
                env[match[1]] = re.sub(r'^"(.*)"$', r"\1", match[2])
        told = None
        if self.of("Type") == "notify":
            told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            env["NOTIFY_SOCKET"] = str(STATE / f"{self.name}.notify")
            Path(env["NOTIFY_SOCKET"]).unlink(missing_ok=True)
            told.bind(env["NOTIFY_SOCKET"])
            os.chmod(env["NOTIFY_SOCKET"], 0o777)  # noqa: S103 -- its user is another
        passed = Unit(self.name.replace(".service", ".socket"))
        log = os.open(LOGS / f"{self.name.removesuffix('.service')}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        if (pid := os.fork()) == 0:
            self.be(env, passed.pid if passed.text else 0, log)
        self.pid_file.write_text(str(pid))
        if told and not self.is_ready(told):
            self.stop()
            sys.exit(f"{self.name} didn't start: {LOGS}")

    def is_ready(self, told: socket.socket) -> bool:
        told.settimeout(0.2)
        for _each in range(450):
            with suppress(TimeoutError):
                if b"READY=1" in told.recv(4096):
                    return True
            if not self.pid:
                return False
        return False

    def be(self, env: dict[str, str], holder: int, log: int) -> None:
        os.setsid()
        os.chdir(self.of("WorkingDirectory"))
        for standard, there in ((0, os.open(os.devnull, os.O_RDONLY)), (1, log), (2, log)):
            os.dup2(there, standard)
        if holder:
            os.dup2(ctypes.CDLL(None).syscall(PIDFD_GETFD, os.pidfd_open(holder), 3, 0), 3)
            env |= {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}
        os.closerange(4 if holder else 3, 256)
        user = pwd.getpwnam(self.of("User"))
        if user.pw_uid != os.geteuid():
            os.initgroups(user.pw_name, user.pw_gid)
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
        program, *words = shlex.split(self.of("ExecStart"))
        os.execve(program, [program, *words], env)  # noqa: S606 -- no shell

    def stop(self) -> None:
        if not (pid := self.pid):
            return
        os.kill(pid, signal.SIGTERM)
        until = time.monotonic() + int(self.of("TimeoutStopSec", "90"))
        while self.pid and time.monotonic() < until:
            time.sleep(0.02)
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        self.pid_file.unlink(missing_ok=True)


def main(verb: str, *words: str) -> None:
    STATE.mkdir(parents=True, exist_ok=True)
    for name in [word for word in words if not word.startswith("--")]:
        unit = Unit(name)
        is_enabled = STATE / f"{unit.name}.enabled"
        if not unit.text:
            if verb.startswith("is-"):
                sys.exit(1)
            subprocess.run(["service", name, verb], check=True)  # one of Debian's own
        elif verb == "is-enabled":
            sys.exit(not is_enabled.exists())
        elif verb == "is-active":
            sys.exit(not unit.pid)
        else:
            if verb == "enable":
                is_enabled.touch()
            if verb in ("stop", "restart"):
                unit.stop()
            if verb in ("start", "restart") or (verb == "enable" and "--now" in words):
                unit.start()


if __name__ == "__main__":
    main(*sys.argv[1:])
