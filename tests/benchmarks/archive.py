"""Runs over stores and clusters: photos a minute, requests, the driver's memory, listing.

    python tests/benchmarks/archive.py rate [--photos 200] [--megapixels 1] [--rounds 2] [--modes workers-2 ray-2 ray-4]
    python tests/benchmarks/archive.py memory [--paths 1000 100000]
    python tests/benchmarks/archive.py listing [--objects 10000]
    python tests/benchmarks/archive.py requests [--photos 20]

``rate`` does the photos of a folder with the built-in masker and the inpainter ``patches``. Modes take turns, each in a
process of its own.
``first_s`` is the time until the first outcome, ``a_minute`` the rate after two photos for each worker or actor.
``memory`` gives Ray a listing that is made up, and measures the driver; its actors answer without reading anything.
``listing`` and ``requests`` speak to moto's S3 server on this machine.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
os.environ.setdefault("ERASER_OFFLINE", "1")


def resident_mb() -> float:
    status = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in status if line.startswith("VmRSS")).split()[1]) / 1024


def make_photos(folder: Path, count: int, megapixels: float) -> None:
    from batch import make_photos as make

    make(Path(os.environ["ERASER_DATA"]), count, megapixels, folder)


def make_plan(output: str, inpainter: str = "patches"):
    from eraser.archive import ArchivePlan
    from eraser.batch import settings_of
    from eraser.config import EraseRequest, ModelConfig, OutputConfig
    from eraser.system.paths import plugins_dirs

    config, request, results = ModelConfig(inpainter=inpainter), EraseRequest(), OutputConfig(copy_unchanged=True)
    settings = settings_of(config, request, results, plugins=plugins_dirs())
    return ArchivePlan(
        output=output, run=os.urandom(4).hex(), settings=settings, config=config, request=request, results=results
    )


def rate_of(folder: Path, mode: str) -> dict[str, float | str]:
    from eraser.archive import LocalArchive, run_archive, stored_photos
    from eraser.cluster import RayExecutor

    kind, _, number = mode.partition("-")
    count = int(number)
    executor = LocalArchive(count) if kind == "workers" else RayExecutor("local", count)
    output = folder / f"out-{mode}-{os.getpid()}"
    begin, times, statuses = time.perf_counter(), [], Counter()
    for outcome in run_archive(make_plan(str(output)), stored_photos([str(folder / "in")]), executor):
        times.append(time.perf_counter() - begin)
        statuses[outcome.status] += 1
    warm = 2 * count
    rate = 60 * (len(times) - warm) / (times[-1] - times[warm - 1])
    whole = time.perf_counter() - begin
    return {
        "mode": mode,
        "a_minute": round(rate, 1),
        "first_s": round(times[0], 1),
        "whole_s": round(whole, 1),
    } | statuses


def rate(args: argparse.Namespace) -> None:
    rows = []
    with tempfile.TemporaryDirectory() as name:
        make_photos(Path(name), args.photos, args.megapixels)
        for _ in range(args.rounds):
            for mode in args.modes:
                command = [sys.executable, __file__, "rate", "--child", name, mode]
                done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
                rows.append(json.loads(done.stdout.splitlines()[-1]))
                print(json.dumps(rows[-1]), flush=True)
    for mode in args.modes:
        rates = [row["a_minute"] for row in rows if row["mode"] == mode]
        print(f"{mode}: {statistics.median(rates)} photos a minute (median of {rates})")


class Answers:
    """An actor that answers at once."""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def ready(self) -> str:
        return "node"

    def do(self, photo):
        from eraser.batch.outcome import Outcome, Stored

        stored = Stored(photo=photo.address, output=photo.address + ".erased.jpg", photo_sha256="a" * 64)
        return Outcome(path=Path(photo.name), status="erased", stored=stored, node="node", actor="actor")

    def stop(self) -> None:
        pass


def memory_of(count: int) -> dict[str, float]:
    from eraser.archive import Manifest, StoredPhoto, run_archive
    from eraser.cli.tally import Tally
    from eraser.cluster import RayExecutor, executor

    executor.PhotoActor = Answers
    with tempfile.TemporaryDirectory() as name:
        plan = make_plan(name, "telea")
        photos = (
            StoredPhoto(f"s3://bucket/in/{n // 1000}/{n:09}.jpg", str(n // 1000), f'"{n:032x}"') for n in range(count)
        )
        tally, begin, early, peak = Tally(count), time.perf_counter(), 0.0, 0.0
        with Manifest(name, plan.settings.sha256) as manifest:
            for number, outcome in enumerate(run_archive(plan, photos, RayExecutor("local", 2)), start=1):
                tally.add(outcome)
                manifest.add(outcome)
                if number % 500 == 0:
                    peak = max(peak, resident_mb())
                    early = early or peak
            manifest.finish()
        seconds = time.perf_counter() - begin
    return {"paths": count, "early_mb": round(early), "peak_mb": round(peak), "a_second": round(count / seconds)}


def memory(args: argparse.Namespace) -> None:
    for count in args.paths:
        command = [sys.executable, __file__, "memory", "--child", str(count), "-"]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        print(done.stdout.splitlines()[-1], flush=True)


def serve() -> Counter[str]:
    """moto's server, in this process; requests are counted by kind."""
    import logging

    import moto.server
    from werkzeug.serving import WSGIRequestHandler

    counts: Counter[str] = Counter()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    WSGIRequestHandler.log_request = lambda self, code="-", size="-": counts.update(  # type: ignore[method-assign]
        [f"{self.command} list" if "list-type" in self.path else self.command]
    )
    server = moto.server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=True)
    server.start()
    keys = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}
    host, port = server.get_host_and_port()
    os.environ.update(keys, AWS_ENDPOINT_URL=f"http://{host}:{port}")
    from eraser.storage import open_store

    open_store("s3://")._system.mkdir("bucket")
    return counts


def listing(args: argparse.Namespace) -> None:
    from eraser.archive import stored_photos
    from eraser.storage import open_store

    counts, store = serve(), open_store("s3://")
    import boto3

    client = boto3.client("s3")
    for number in range(args.objects):
        client.put_object(Bucket="bucket", Key=f"in/{number // 100}/{number:06}.jpg", Body=b"x")
    counts.clear()
    before, begin = resident_mb(), time.perf_counter()
    found = sum(1 for _ in stored_photos(["s3://bucket/in/"]))
    seconds = time.perf_counter() - begin
    grown = resident_mb() - before
    print(json.dumps({"found": found, "seconds": round(seconds, 2), "mb": round(grown, 1), "requests": dict(counts)}))
    del store


def requests(args: argparse.Namespace) -> None:
    from dataclasses import replace

    from eraser.archive import LocalArchive, run_archive, stored_photos
    from eraser.storage import open_store

    counts, store = serve(), open_store("s3://")
    with tempfile.TemporaryDirectory() as name:
        make_photos(Path(name), args.photos, args.megapixels)
        for path in sorted((Path(name) / "in").iterdir()):
            store.write(f"s3://bucket/in/{path.name}", path.read_bytes())
    plan = make_plan("s3://bucket/out")
    for resume in (False, True):
        counts.clear()
        run = replace(plan, resume=resume, run=os.urandom(4).hex())
        outcomes = list(run_archive(run, stored_photos(["s3://bucket/in/"]), LocalArchive()))
        statuses = Counter(outcome.status for outcome in outcomes)
        stages: Counter[str] = Counter()
        for outcome in outcomes:
            stages.update(outcome.seconds)
        each = {stage: round(seconds / len(outcomes), 3) for stage, seconds in stages.items()}
        print(json.dumps({"resume": resume, "statuses": statuses, "requests": dict(counts), "seconds_each": each}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["rate", "memory", "listing", "requests"])
    parser.add_argument("--photos", type=int, default=200)
    parser.add_argument("--megapixels", type=float, default=1)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--modes", nargs="+", default=["workers-2", "ray-2", "ray-4"])
    parser.add_argument("--paths", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--objects", type=int, default=10_000)
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        row = rate_of(Path(args.child[0]), args.child[1]) if args.what == "rate" else memory_of(int(args.child[0]))
        print(json.dumps(row))
        return
    {"rate": rate, "memory": memory, "listing": listing, "requests": requests}[args.what](args)


if __name__ == "__main__":
    main()
