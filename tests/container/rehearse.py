"""Run the steps of container/Dockerfile without docker: ``python tests/container/rehearse.py`` (``make container``).

Each stage is a layer over this machine's own root folder (overlayfs) with an empty virtual environment in place of the
base image. Then the image runs as ``compose.yaml`` says: root read-only, no rights, no network, its own processes.
It needs root on Linux, some 15 GB and a registry of packages. What it cannot show is the base image itself.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, os.fspath(Path(__file__).parents[2]))

from tests.container.dockerfile import Step, read_steps

ROOT = Path(__file__).parents[2]
BIN = "/opt/python/bin"
PATH = f"{BIN}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PASSED = re.compile(r"(PIP_|SSL_CERT|REQUESTS_CA|https?_proxy|no_proxy)", re.IGNORECASE)
"""How this machine reaches its registry; docker has its own ways."""
WEIGHTS_EXIT = 5
"""Exit code of our commands where weights cannot be fetched."""
WRITES = "for folder in / /weights /home /etc /opt/python; do touch $folder/x 2>/dev/null && exit 0; done; exit 1"
PHOTO = """
import sys, urllib.request as web
from importlib.util import find_spec
from pathlib import Path
photo = Path(find_spec("ultralytics").submodule_search_locations[0], "assets", "bus.jpg").read_bytes()
head = b'--X\\r\\nContent-Disposition: form-data; name="file"; filename="bus.jpg"\\r\\n\\r\\n'
body = head + photo + b"\\r\\n--X--\\r\\n"
headers = {"Content-Type": "multipart/form-data; boundary=X", "Authorization": "Bearer " + sys.argv[1]}
reply = web.urlopen(web.Request("http://127.0.0.1:8765/api/v1/erase", body, headers), timeout=200)
print("people gone:", reply.headers["X-Eraser-Gone"], "bytes:", len(reply.read()))
"""


@dataclass
class Stage:
    """A layer over the root folder of this machine."""

    folder: Path
    variables: dict[str, str] = field(default_factory=lambda: {"PATH": PATH})
    workdir: str = "/"
    user: str = "root"

    def __post_init__(self) -> None:
        for name in ("upper", "work", "root"):
            (self.folder / name).mkdir(parents=True)

    @property
    def layers(self) -> str:
        """Options of its mount."""
        return f"lowerdir=/,upperdir={self.folder}/upper,workdir={self.folder}/work"

    def path(self, inside: str) -> Path:
        """Where a file of the layer lies."""
        return self.folder / "upper" / inside.lstrip("/")

    def run(self, command: str, passed: dict[str, str]) -> None:
        """Run a shell command in the stage; what it writes stays in the layer."""
        root = f"{self.folder}/root"
        script = f"mount -t overlay overlay -o {self.layers} {root}\n{_DEVICES.format(root=root)}"
        inner = f"mkdir -p {self.workdir} && cd {self.workdir} && {command}"
        script += f"exec {self.inside(['sh', '-c', inner], passed)}\n"
        subprocess.run(["unshare", "--mount", "--pid", "--fork", "bash", "-ec", script], check=True)

    def inside(self, command: list[str], passed: dict[str, str], user: str | None = None, home: bool = True) -> str:
        """A command line that enters the root folder of the stage."""
        user = user or self.user
        variables = {**passed, **self.variables}
        if home:
            variables["HOME"] = "/root" if user == "root" else f"/home/{user}"
        drop = [] if user == "root" else ["setpriv", "--reuid", user, "--regid", user, "--clear-groups"]
        drop += [] if user == "root" else ["--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
        pairs = [f"{name}={value}" for name, value in variables.items()]
        return shlex.join(["chroot", f"{self.folder}/root", "env", "-i", *pairs, *drop, *command])


_DEVICES = "mount -t proc proc {root}/proc\nmount --rbind /dev {root}/dev\n"


def prepare(stage: Stage) -> None:
    """An empty virtual environment, which every user may enter."""
    parents = [os.fspath(parent) for parent in Path(sys.base_prefix).parents if parent != Path("/")]
    opened = f"chmod o+rx {shlex.join([*parents, sys.base_prefix])}"
    stage.run(f"{opened} && {sys.base_prefix}/bin/python3 -m venv /opt/python", {})


def build(stages: list[list[Step]], folder: Path) -> tuple[Stage, Step, Step]:
    """Run all steps.

    Returns:
        The last stage, its health check and its command.
    """
    passed = {name: value for name, value in os.environ.items() if PASSED.match(name)}
    built: dict[str, Stage] = {}
    health = command = Step("", "")
    for number, steps in enumerate(stages):
        stage = Stage(folder / str(number))
        built[steps[0].rest.rpartition(" ")[2]] = stage
        prepare(stage)
        arguments: dict[str, str] = {}
        for step in steps:
            print(f"== {step.word} {step.rest[:150]}", flush=True)
            if step.word == "RUN":
                run(step, stage, passed | arguments)
            elif step.word == "COPY":
                copy(step, stage, built)
            elif step.word == "WORKDIR":
                stage.workdir = step.rest
            elif step.word == "USER":
                stage.user = step.rest
            elif step.word == "ENV":
                stage.variables |= step.pairs()
            elif step.word == "ARG":
                arguments |= {name: _reachable(value) for name, value in step.pairs().items()}
            elif step.word == "HEALTHCHECK":
                health = step
            elif step.word == "CMD":
                command = step
            elif step.word not in ("FROM", "EXPOSE", "STOPSIGNAL"):
                raise SystemExit(f"no step is called {step.word}")
    return stage, health, command


def run(step: Step, stage: Stage, passed: dict[str, str]) -> None:
    """Run a RUN. Weights that cannot be fetched from here are missed by nobody: ours are in the wheel."""
    try:
        stage.run(step.rest, passed)
    except subprocess.CalledProcessError as error:
        if step.rest != "eraser setup" or error.returncode != WEIGHTS_EXIT:
            raise
        print("   NOT REHEARSED: weights cannot be fetched from here", flush=True)


def copy(step: Step, stage: Stage, built: dict[str, Stage]) -> None:
    """Copy files of the checkout, those that the .dockerignore lets through, or of another stage."""
    *options, source, target = step.rest.split()
    if options:
        shutil.copytree(built[options[0].partition("=")[2]].path(source), stage.path(target), dirs_exist_ok=True)
        return
    inside = stage.path(f"{stage.workdir}/{target}" if not target.startswith("/") else target)
    inside.mkdir(parents=True, exist_ok=True)
    for name in sent() if source == "." else [source]:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, inside / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, inside)


def sent() -> list[str]:
    """What docker would send to the build: the names behind a ``!`` of the .dockerignore."""
    lines = (ROOT / "container" / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    return [line[1:] for line in lines if line.startswith("!")]


def serve(stage: Stage, health: Step, command: Step, *, user: str, home: bool) -> None:
    """Run the image as compose.yaml does, look at its health, erase a photo, end it."""
    compose = (ROOT / "container" / "compose.yaml").read_text(encoding="utf-8")
    if "read_only: true" not in compose:
        raise SystemExit("compose.yaml does not make the root read-only")
    root, token = f"{stage.folder}/root", "rehearsal-of-a-token"
    mounts = [f"mount -t overlay overlay -o {stage.layers} {root}", f"mount -o remount,bind,ro {root}"]
    for where, options in re.findall(r"^      - (/\w+)(?::(\S+))?$", compose, re.MULTILINE):
        mounts.append(f"mount -t tmpfs -o {options or 'mode=1777'} tmpfs {root}{where}")
    stage.variables["ERASER_TOKEN"] = token

    def inside(command: list[str]) -> str:
        return stage.inside(command, {}, user, home)

    script = "\n".join([
        *mounts,
        _DEVICES.format(root=root),
        "ip link set lo up",
        f"if {inside(['sh', '-c', WRITES])}; then echo the root folder can be written to; exit 1; fi",
        f"{inside(command.command())} & server=$!",
        f"for i in $(seq 90); do {inside(health.command())} 2>/dev/null && break; sleep 1; done",
        f"{inside(health.command())} && echo healthy",
        inside(["python", "-c", PHOTO, token]),
        "kill -TERM $server; code=0; wait $server || code=$?; echo ended with $code; exit $code",
    ])  # fmt: skip
    print(f"== as {user}, {'with' if home else 'without'} a home", flush=True)
    subprocess.run(["unshare", "--mount", "--pid", "--net", "--fork", "bash", "-ec", script], check=True)


def _reachable(value: str) -> str:
    """An address of packages, or one without any where it cannot be reached from here; pip has its own as well."""
    if not value.startswith("https://"):
        return value
    try:
        with urllib.request.urlopen(value, timeout=10):
            return value
    except OSError:
        print(f"   {value} cannot be reached: the usual registry, with a larger torch", flush=True)
        return "file:///var/empty"


def main() -> None:
    """Build, and run twice."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, help="where the layers go, empty; a temporary folder if not said")
    folder = parser.parse_args().folder
    if sys.platform != "linux" or os.geteuid() != 0:
        raise SystemExit("this needs root on Linux: it mounts layers")
    with tempfile.TemporaryDirectory(prefix="erase-me-container-") as temporary:
        stage, health, command = build(read_steps(ROOT / "container" / "Dockerfile"), folder or Path(temporary))
        serve(stage, health, command, user=stage.user, home=True)
        serve(stage, health, command, user="4711", home=False)  # as with: docker run --user 4711
    print("every step ran")


if __name__ == "__main__":
    main()
