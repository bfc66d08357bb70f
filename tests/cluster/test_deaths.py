"""What the driver makes of the ways in which Ray says that an actor is gone, without a cluster."""

from types import SimpleNamespace

import pytest

from eraser.archive import StoredPhoto
from eraser.batch.outcome import Outcome, Stored
from eraser.cluster.executor import RayExecutor, _Pool

WORDS = {"OutOfMemoryError": ["the node has no memory left"], "NodeDiedError": ["the node died"]}
"""What some errors are made of."""


class FakeRay:
    """Calls that are answered at once; the first actor is killed while it has its first photos."""

    def __init__(self, death):
        self.exceptions = pytest.importorskip("ray.exceptions")
        self._death, self._actors = death, 0

    def remote(self, kind):
        return SimpleNamespace(options=lambda **_: SimpleNamespace(remote=self._start))

    def _start(self, *_, **__):
        self._actors += 1
        number = self._actors

        def do(photo):
            return ("dead" if number == 1 else "done", number, photo)

        methods = {"ready": lambda: ("ready", number, None), "do": do, "stop": lambda: ("stop", number, None)}
        return SimpleNamespace(**{name: SimpleNamespace(remote=method) for name, method in methods.items()})

    def wait(self, calls, **_):
        return calls, []

    def get(self, call, timeout=None):
        what, _, photo = call
        if what == "dead":
            raise self._death
        return None if photo is None else Outcome(path="a", status="erased", stored=Stored(photo=photo.address))

    def kill(self, handle):
        pass


@pytest.mark.parametrize("name", ["OutOfMemoryError", "ActorDiedError", "ActorUnavailableError", "NodeDiedError"])
def test_however_ray_says_that_an_actor_is_gone_its_photos_are_tried_again(make_plan, name):
    kind = getattr(pytest.importorskip("ray.exceptions"), name)
    death = kind("it is gone", None) if name == "ActorUnavailableError" else kind(*WORDS.get(name, ()))
    photos = [StoredPhoto(f"/in/{number}.jpg") for number in range(6)]
    told = []
    pool = _Pool(FakeRay(death), make_plan(), RayExecutor("auto", 1, tell=told.append), None)

    outcomes = list(pool.erase(photos, 1))

    assert sorted(outcome.photo_name for outcome in outcomes) == [photo.address for photo in photos]
    assert {outcome.status for outcome in outcomes} == {"erased"}
    assert len(told) == 1
