import dataclasses
import os
import signal

import numpy as np
import pytest
import torch

from eraser.errors import WeightsMismatchError, WeightsNotFoundError
from eraser.training.checkpoint import export_weights, load_checkpoint
from eraser.training.people.batches import Batches, Draw, load_ahead
from eraser.training.people.loop import PeopleTrainer
from eraser.training.people.settings import PeopleSettings
from eraser.training.processes import Processes

SETTINGS = PeopleSettings(
    arch="yolo11n-seg", size_px=(64,), batch=2, steps=4, warmup_steps=1, lr=1e-3, cooldown=0.5, closing=0.5
)


@pytest.fixture
def make_trainer(composer):
    def make(**changes):
        initial = changes.pop("initial", None)
        settings = dataclasses.replace(SETTINGS, **changes)
        return PeopleTrainer(settings, composer, Processes(0, 1, torch.device("cpu")), initial=initial)

    return make


def weights_of(network):
    return torch.cat([weight.detach().flatten() for weight in network.parameters()])


def run(trainer, path):
    trainer.run(lambda _: None, path)
    return trainer


def test_a_batch_is_what_the_loss_of_the_network_takes(composer):
    batch = Batches(composer, 3, seed=0, rank=0)[Draw(7, 64, True)]

    assert batch["img"].shape == (3, 3, 64, 64)
    assert batch["img"].is_contiguous(memory_format=torch.channels_last)
    assert batch["masks"].shape == (3, 16, 16)
    assert len(batch["bboxes"]) == len(batch["cls"]) == len(batch["batch_idx"]) > 0
    for picture in range(3):
        count = int((batch["batch_idx"] == picture).sum())
        assert int(batch["masks"][picture].max()) <= count


def test_a_batch_follows_from_seed_step_and_process(composer):
    draw = Draw(3, 64, True)
    same, again = (Batches(composer, 2, seed=1, rank=0)[draw]["img"] for _ in range(2))

    assert torch.equal(same, again)
    for other in (Batches(composer, 2, 1, rank=1)[draw], Batches(composer, 2, 1, 0)[Draw(4, 64, True)]):
        assert not torch.equal(same, other["img"])


def test_batches_made_ahead_are_the_same_in_the_same_order(composer):
    batches, draws = Batches(composer, 2, 0, 0), [Draw(step, 64, False) for step in range(3)]

    ahead = list(load_ahead(batches, draws, workers=1))

    assert [torch.equal(batch["img"], batches[draw]["img"]) for batch, draw in zip(ahead, draws, strict=True)] == [
        True
    ] * 3


def test_training_on_the_same_pictures_lowers_the_loss(make_trainer, composer):
    trainer = make_trainer(optimizer="adamw", steps=1000, warmup_steps=5, lr=2e-3)
    batch = Batches(composer, 4, 0, 0)[Draw(0, 64, False)]

    history = [
        sum(float(part) for name, part in trainer.train_step(batch).items() if "loss" in name) for _ in range(12)
    ]

    assert np.mean(history[-3:]) < 0.9 * np.mean(history[:3])


def test_a_resumed_run_ends_like_one_that_was_never_stopped(make_trainer, tmp_path):
    whole = run(make_trainer(), tmp_path / "whole.pt")
    first = make_trainer()
    first.run(lambda _: os.kill(os.getpid(), signal.SIGTERM) if first.step == 1 else None, tmp_path / "stopped.pt")
    second = make_trainer()
    second.resume(tmp_path / "stopped.pt")
    assert second.step == 2
    run(second, tmp_path / "stopped.pt")

    assert (second.step, second.images_seen) == (4, 8)
    torch.testing.assert_close(weights_of(second.network), weights_of(whole.network), rtol=1e-3, atol=1e-5)
    torch.testing.assert_close(
        weights_of(second.averaged.network), weights_of(whole.averaged.network), rtol=1e-3, atol=1e-5
    )


def test_a_signal_saves_after_the_step_and_ends(make_trainer, tmp_path):
    trainer = make_trainer(steps=1000)

    trainer.run(lambda _: os.kill(os.getpid(), signal.SIGINT) if trainer.step == 1 else None, tmp_path / "c.pt")

    assert load_checkpoint(tmp_path / "c.pt", torch.device("cpu"), "segmenter")["step"] == trainer.step == 2
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_sizes_share_the_run_and_mosaics_end_before_it_does(make_trainer):
    trainer = make_trainer(steps=9, size_px=(64, 96, 128), closing=0.5)
    sizes, mosaics = [], []

    for trainer.step in range(9):
        draw = next(trainer._draws())
        sizes.append(draw.size_px)
        mosaics.append(draw.mosaics)

    assert sizes == [64] * 3 + [96] * 3 + [128] * 3
    assert mosaics == [True] * 5 + [False] * 4


def test_a_checkpoint_of_another_network_or_optimiser_is_refused(make_trainer, tmp_path):
    make_trainer(optimizer="adamw").save(tmp_path / "c.pt")

    with pytest.raises(WeightsMismatchError, match="optimizer adamw"):
        make_trainer(optimizer="muon").resume(tmp_path / "c.pt")
    with pytest.raises(WeightsMismatchError, match="arch yolo11n-seg"):
        make_trainer(arch="yolov8n-seg", optimizer="adamw").resume(tmp_path / "c.pt")


def test_exported_weights_are_a_start_for_the_next_run(make_trainer, tmp_path):
    trainer = make_trainer(seed=1)
    export_weights(tmp_path / "w.safetensors", trainer.network, {})

    begun = make_trainer(seed=2, initial=tmp_path / "w.safetensors")

    torch.testing.assert_close(weights_of(begun.network), weights_of(trainer.network), rtol=1e-3, atol=1e-3)
    with pytest.raises(WeightsMismatchError, match="does not fit"):
        make_trainer(arch="yolov8n-seg", initial=tmp_path / "w.safetensors")
    with pytest.raises(WeightsNotFoundError):
        make_trainer(initial=tmp_path / "none.safetensors")


def test_an_unknown_network_is_an_error_that_names_one(make_trainer):
    with pytest.raises(ValueError, match="yolo11n-seg"):
        make_trainer(arch="resnet50")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_run_on_the_gpu_moves_the_weights(composer, tmp_path):
    trainer = PeopleTrainer(SETTINGS, composer, Processes.join("cuda"))
    before = weights_of(trainer.network)

    run(trainer, tmp_path / "c.pt")

    assert not torch.equal(before, weights_of(trainer.network))
