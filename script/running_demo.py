"""A demo with its own data and port, for scripts that look at one."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 600  # of a first start, beside others


@dataclass(frozen=True, slots=True)
class RunningDemo:
    process: "subprocess.Popen[bytes]"
    folder: Path
    site: str

    @property
    def output(self) -> str:
        return (self.folder / "output").read_text()

    def wait(self) -> None:
        """Until its pages answer; ends this program if they don't."""
        deadline = time.monotonic() + START_SECONDS
        while "Ctrl-C stops" not in self.output:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"The demo did not start:\n{self.output}")
            time.sleep(0.2)

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def start_demo() -> RunningDemo:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="exchange-demo-"))
    dropped = {"DATABASE_URL", "SITE_URL", "ALLOWED_HOSTS"}
    env = {name: value for name, value in os.environ.items() if name not in dropped}
    with (folder / "output").open("w") as output:
        process = subprocess.Popen(
            ["script/demo"],
            cwd=ROOT,
            env=env | {"PORT": str(port), "DATA_DIR": str(folder / "data"), "DEBUG": "false"},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return RunningDemo(process, folder, f"http://localhost:{port}")


@contextmanager
def running_demo() -> Iterator[str]:
    """Its address, once its pages answer."""
    demo = start_demo()
    try:
        demo.wait()
        yield demo.site
    finally:
        demo.stop()
