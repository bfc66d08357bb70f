"""Real Ray, a cluster of two nodes and a head without work."""

import logging
import warnings

import pytest

from eraser.archive import run_archive
from eraser.cluster import RayExecutor

pytestmark = pytest.mark.slow


@pytest.fixture
def cluster():
    pytest.importorskip("ray")
    from eraser.cluster.start import import_ray

    ray = import_ray()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from ray.cluster_utils import Cluster

        made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "object_store_memory": 100_000_000})
        nodes = [made.add_node(num_cpus=2, object_store_memory=100_000_000) for _ in range(2)]
        made.wait_for_nodes()
        ray.init(address=made.address, logging_level=logging.ERROR, log_to_driver=False)
        yield made, nodes
        ray.shutdown()
        made.shutdown()


def test_a_node_that_is_killed_costs_no_photo_and_none_is_done_half(cluster, make_photos, make_plan, results, plugins):
    made, nodes = cluster
    photos = make_photos(80)
    (plugins / "seconds").write_text("0.2")
    told, outcomes, is_killed = [], [], False

    for outcome in run_archive(make_plan(), photos, RayExecutor("auto", 4, tell=told.append)):
        outcomes.append(outcome)
        if not is_killed and len(outcomes) >= 20 and len({each.node for each in outcomes}) == 2:
            is_killed = True
            made.remove_node(nodes[1], allow_graceful=False)  # SIGKILL to all of its processes

    assert is_killed
    assert sorted(outcome.photo_name for outcome in outcomes) == [photo.address for photo in photos]
    assert {outcome.status for outcome in outcomes} == {"erased"}
    assert len(results(may_leave_hidden=True)) == 80  # by actors that were writing; later processes remove the files
    assert any("died" in text for text in told)
