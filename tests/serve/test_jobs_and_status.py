import io
import json
import time
import zipfile
from dataclasses import replace

import httpx
import pytest
from serving import draw, encode, running

from eraser.serve.compute import LocalCompute
from eraser.serve.settings import ServeConfig


def start(client, *files, **fields):
    return client.post("/api/v1/batch", files=[("file", file) for file in files], data=fields)


def events(client, job):
    with client.stream("GET", f"/api/v1/jobs/{job}/events") as reply:
        assert reply.headers["content-type"].startswith("text/event-stream")
        lines = list(reply.iter_lines())
    names = [line[7:] for line in lines if line.startswith("event: ")]
    return names, [json.loads(line[6:]) for line in lines if line.startswith("data: ")]


@pytest.fixture
def job(client, two, nobody):
    reply = start(client, ("a.png", two), ("A.png", two), ("b.png", nobody), ("../c.jpg", b"no photo"), who="1")
    assert reply.status_code == 202
    job = reply.json()["job"]
    yield job
    client.delete(f"/api/v1/jobs/{job}")


def test_a_job_tells_its_progress_and_ends_as_a_zip_of_safe_names_that_differ(client, job, two, nobody):
    names, told = events(client, job)

    assert names[-1] == "done"
    assert told[-1]["status"] == "done"
    assert [photo["status"] for photo in told[-1]["photos"]] == ["erased", "erased", "unchanged", "failed"]
    assert told[-1]["photos"][3]["error"]["code"] == "not_a_photo"
    archive = zipfile.ZipFile(io.BytesIO(client.get(told[-1]["result"]).content))
    assert archive.namelist() == ["a.erased.png", "A.erased-2.png", "b.png", "report.json"]
    assert archive.read("b.png") == nobody
    single = client.post("/api/v1/erase", files={"file": ("a.png", two)}, data={"who": "1"}).content
    assert archive.read("a.erased.png") == single
    assert json.loads(archive.read("report.json"))[0]["gone"] == [1]


def test_zips_together_take_no_more_memory_than_they_may(client, server, two, monkeypatch):
    job = start(client, ("a.png", two), who="1").json()["job"]
    events(client, job)
    taken = len(client.get(f"/api/v1/jobs/{job}/result").content)
    monkeypatch.setattr(server.service, "config", replace(server.service.config, keep_megabytes=1.5 * taken / 1e6))
    full = start(client, ("a.png", two), ("b.png", two), who="1").json()["job"]

    photos = events(client, full)[1][-1]["photos"]
    for each in (job, full):
        client.delete(f"/api/v1/jobs/{each}")
    assert [photo["status"] for photo in photos] == ["failed", "failed"]
    assert photos[0]["error"]["code"] == "too_large"


def test_jobs_are_forgotten_though_nobody_asks(engine, two, monkeypatch):
    monkeypatch.setattr("eraser.serve.service._SWEEP_S", 0.05)
    with running(LocalCompute(engine), ServeConfig(port=0)) as server:
        with httpx.Client(base_url=server.url) as client:
            events(client, start(client, ("a.png", two)).json()["job"])
        monkeypatch.setattr("eraser.serve.jobs.KEEP_S", -1.0)
        end = time.monotonic() + 10
        while "eraser_jobs 1" in httpx.get(f"{server.url}/metrics").text:
            assert time.monotonic() < end
            time.sleep(0.02)


def test_a_job_that_is_deleted_is_no_more(client, two):
    job = start(client, ("a.png", two)).json()["job"]

    assert client.delete(f"/api/v1/jobs/{job}").status_code == 204
    assert client.get(f"/api/v1/jobs/{job}").status_code == 404


def test_the_result_of_a_job_that_is_not_done_is_409(client, two, engine, monkeypatch):
    import threading

    go_on = threading.Event()
    erase = type(engine).erase
    monkeypatch.setattr(type(engine), "erase", lambda *a, **k: (go_on.wait(20), erase(*a, **k))[1])
    job = start(client, ("a.png", two)).json()["job"]

    assert client.get(f"/api/v1/jobs/{job}/result").json()["code"] == "not_ready"

    go_on.set()
    events(client, job)
    client.delete(f"/api/v1/jobs/{job}")


def test_more_jobs_than_fit_are_429(client, server, two, monkeypatch):
    monkeypatch.setattr("eraser.serve.jobs.MAX_JOBS", 1)
    job = start(client, ("a.png", two)).json()["job"]

    refused = start(client, ("a.png", two))

    assert (refused.status_code, refused.headers["retry-after"]) == (429, "30")
    client.delete(f"/api/v1/jobs/{job}")


def test_a_batch_without_photos_is_422(client, two):
    assert start(client).status_code in (415, 422)
    assert client.post("/api/v1/batch", files={"photo": ("a.png", two)}).status_code == 422


def test_health_says_how_the_server_is(client):
    body = client.get("/api/v1/health").json()

    assert body["status"] == "starting"  # the server of these tests loads nothing before it must
    assert body["queue"]["limit"] == 32
    assert body["memory"]["process_bytes"] > 1e6
    assert body["limits"]["megapixels"] == 2


def test_metrics_count_requests_photos_and_people(client, two):
    before = client.get("/metrics").text
    client.post("/api/v1/erase", files={"file": ("a.png", two)})
    after = client.get("/metrics").text

    def count(text, line):
        return sum(float(each.rpartition(" ")[2]) for each in text.splitlines() if each.startswith(line))

    assert count(after, 'eraser_photos_total{what="erased"}') == count(before, 'eraser_photos_total{what="erased"}') + 1
    assert count(after, 'eraser_people_total{what="gone"}') == count(before, 'eraser_people_total{what="gone"}') + 2
    assert 'eraser_requests_total{route="/api/v1/erase",status="200"}' in after
    assert count(after, "eraser_upload_bytes") == 0


def test_the_description_lists_every_option_and_comes_from_here(client):
    described = client.get("/openapi.json").json()
    form = described["paths"]["/api/v1/erase"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]

    assert {"file", "photo", "mask", "keep_mask", "keep", "who", "at", "dilate_px", "format", "quality"} <= form[
        "properties"
    ].keys()
    assert form["properties"]["quality"]["maximum"] == 100
    for path in ("/docs", "/static/docs.js", "/static/docs/swagger-ui-bundle.js", "/static/docs/swagger-ui.css"):
        assert client.get(path).status_code == 200
    assert "http" not in client.get("/docs").text.replace("http-equiv", "")


def test_photos_of_a_job_are_erased_though_the_client_looks_away(client):
    job = start(client, ("a.png", encode(draw((10, 10, 40, 70))))).json()["job"]

    assert events(client, job)[1][-1]["done"] == 1
    client.delete(f"/api/v1/jobs/{job}")
