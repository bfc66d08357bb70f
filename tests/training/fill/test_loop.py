import dataclasses
import os
import signal

import numpy as np
import pytest
import torch

from eraser.errors import DeviceError, DivergedError, WeightsMismatchError, WeightsNotFoundError
from eraser.system.files import TEMPORARY_SUFFIX
from eraser.system.process_id import this_process
from eraser.training.checkpoint import export_weights, load_checkpoint, save_checkpoint, start_from
from eraser.training.loop import FillTrainer
from eraser.training.processes import Processes
from eraser.training.scenes import ScenePool
from eraser.training.settings import FillSettings
from eraser.training.shapes import load_shapes

SETTINGS = FillSettings(channels=(8,) * 6, cache_px=64, batch=2, steps=4, warmup_steps=1, lr=2e-3, cooldown=0.5)


@pytest.fixture(autouse=True)
def one_thread():
    """So small a network is only slowed down by more."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def make_trainer(**changes):
    ramp = np.linspace(0, 255, 64, dtype=np.uint8)
    squares = torch.from_numpy(np.stack([np.broadcast_to(ramp, (3, 64, 64)), np.full((3, 64, 64), 90, np.uint8)]))
    pool = ScenePool(squares, torch.ones(2), torch.ones(2))
    options = {"initial": changes.pop("initial", None)}
    settings = dataclasses.replace(SETTINGS, **changes)
    return FillTrainer(settings, pool, load_shapes([]), Processes(0, 1, torch.device("cpu")), **options)


def weights_of(trainer):
    return torch.cat([weight.detach().flatten() for weight in trainer.generator.parameters()])


def test_training_on_few_pictures_lowers_the_loss():
    trainer = make_trainer(steps=30)
    history = []

    for _ in range(30):
        losses = trainer.train_next()
        history.append(float(losses["hole"] + losses["valid"]))

    assert np.mean(history[-6:]) < 0.7 * np.mean(history[:4])


def test_a_resumed_run_ends_like_one_that_was_never_stopped(tmp_path):
    whole = make_trainer(adversarial_from=2, r1_weight=0.1, r1_every=2)
    for _ in range(4):
        whole.train_next()

    first = make_trainer(adversarial_from=2, r1_weight=0.1, r1_every=2)
    first.train_next()
    first.train_next()
    first.seconds, first.best = 7.0, 0.25
    first.train_next()
    first.save(tmp_path / "checkpoint.pt")
    second = make_trainer(adversarial_from=2, r1_weight=0.1, r1_every=2, seed=0)
    second.resume(tmp_path / "checkpoint.pt")
    second.train_next()

    assert (second.step, second.images_seen, second.seconds, second.best) == (4, 8, 7.0, 0.25)
    averages = [torch.cat([weight.flatten() for weight in t.averaged.network.parameters()]) for t in (second, whole)]
    torch.testing.assert_close(*averages, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(weights_of(second), weights_of(whole), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("weight", [float("nan"), float("inf"), 1e6])
def test_weights_that_float16_cannot_hold_are_not_exported(tmp_path, weight):
    network, path = torch.nn.Linear(1, 1), tmp_path / "ema.safetensors"
    export_weights(path, network, {})
    before = path.read_bytes()

    torch.nn.init.constant_(network.weight, weight)
    with pytest.raises(DivergedError, match=r"ema\.safetensors stays as it was"):
        export_weights(path, network, {})

    assert path.read_bytes() == before


def test_a_resumed_run_takes_its_learning_rates_from_its_settings(tmp_path):
    make_trainer(adversarial_from=0).save(tmp_path / "checkpoint.pt")
    trainer = make_trainer(adversarial_from=0, lr=1e-4, lr_discriminator=3e-5)

    trainer.resume(tmp_path / "checkpoint.pt")
    trainer.train_next()

    rates = [trainer.parts()[name].param_groups[0]["lr"] for name in ("optimizer", "optimizer_d")]
    assert rates == [1e-4, 3e-5]


def test_a_best_figure_counts_only_for_what_it_was_measured_on(tmp_path):
    first, second = make_trainer(), make_trainer()
    first.measure_on("some photos")
    first.best = 0.25
    first.save(tmp_path / "checkpoint.pt")

    second.resume(tmp_path / "checkpoint.pt")
    second.measure_on("some photos")
    on_the_same = second.best
    second.measure_on("other photos")

    assert on_the_same == 0.25
    assert second.best is None


def test_a_run_that_diverges_keeps_what_was_saved_before(tmp_path):
    trainer = make_trainer(steps=9)
    trainer.train_next()
    trainer.save(tmp_path / "checkpoint.pt")

    with torch.no_grad():
        next(trainer.generator.parameters()).fill_(float("nan"))
    steps = []
    with pytest.raises(DivergedError, match=r"lower learning rate, --set lr=0\.\d+"):
        trainer.run(steps.append, tmp_path / "checkpoint.pt")
    with pytest.raises(DivergedError):
        trainer.save(tmp_path / "checkpoint.pt")

    assert len(steps) == 1
    assert load_checkpoint(tmp_path / "checkpoint.pt", torch.device("cpu"))["step"] == 1


def test_ctrl_c_saves_after_the_step_and_ends(tmp_path):
    trainer = make_trainer(steps=1000)

    trainer.run(
        lambda _: os.kill(os.getpid(), signal.SIGINT) if trainer.step == 1 else None, tmp_path / "checkpoint.pt"
    )

    assert trainer.step == 2
    assert load_checkpoint(tmp_path / "checkpoint.pt", torch.device("cpu"))["step"] == 2
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_run_ends_at_its_last_step_or_when_its_minutes_are_over(tmp_path):
    by_steps, by_time = make_trainer(steps=3), make_trainer(steps=1000, minutes=1e-9)

    for trainer in (by_steps, by_time):
        trainer.run(lambda _: None, tmp_path / "checkpoint.pt")

    assert by_steps.step == 3
    assert by_time.step == 1


def test_the_learning_rate_rises_stays_and_falls():
    trainer = make_trainer(steps=100, warmup_steps=10, cooldown=0.5, lr=1.0)
    rates = []

    for trainer.step in range(101):
        rates.append(trainer.learning_rate())

    assert rates[0] == pytest.approx(0.1)
    assert rates[9] == rates[50] == 1
    assert rates[75] == pytest.approx(0.5)
    assert rates[100] == pytest.approx(0.05)


def test_exported_weights_are_a_start_for_the_next_run(tmp_path):
    trainer = make_trainer()
    trainer.train_next()
    export_weights(tmp_path / "weights.safetensors", trainer.generator, {"arch": "pennet"})

    begun = make_trainer(initial=tmp_path / "weights.safetensors", seed=5)

    torch.testing.assert_close(weights_of(begun), weights_of(trainer), rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(
        begun.complete(torch.zeros(1, 3, 64, 64), torch.ones(1, 1, 64, 64)),
        trainer.complete(torch.zeros(1, 3, 64, 64), torch.ones(1, 1, 64, 64)),
        rtol=0.1,
        atol=0.1,
    )


def test_weights_of_another_network_or_of_no_network_are_refused(tmp_path):
    small, network = make_trainer(channels=(4,) * 6), make_trainer().generator
    export_weights(tmp_path / "small.safetensors", small.generator, {})
    (tmp_path / "torn.safetensors").write_bytes(b"torn")

    with pytest.raises(WeightsMismatchError, match="does not fit"):
        start_from(tmp_path / "small.safetensors", network)
    with pytest.raises(WeightsMismatchError, match="does not fit"):
        start_from(tmp_path / "torn.safetensors", network)
    with pytest.raises(WeightsNotFoundError):
        start_from(tmp_path / "none.safetensors", network)


def test_a_checkpoint_removes_what_a_killed_run_left_half_written(tmp_path):
    dead = dataclasses.replace(this_process(), began=this_process().began - 1000)
    (tmp_path / f".{dead}-{'0' * 12}{TEMPORARY_SUFFIX}").write_bytes(b"half")
    (tmp_path / f".{this_process()}-{'0' * 12}{TEMPORARY_SUFFIX}").write_bytes(b"being written")

    save_checkpoint(tmp_path / "checkpoint.pt", {"step": 1})

    assert sorted(path.stat().st_size for path in tmp_path.glob(".*")) == [len(b"being written")]
    assert (tmp_path / "checkpoint.pt").is_file()


def test_a_checkpoint_of_another_kind_or_a_torn_one_is_refused(tmp_path):
    make_trainer(attention="published").save(tmp_path / "published.pt")
    save_checkpoint(tmp_path / "other.pt", {"step": 1})
    (tmp_path / "torn.pt").write_bytes((tmp_path / "published.pt").read_bytes()[:1000])

    with pytest.raises(WeightsMismatchError, match="published"):
        make_trainer().resume(tmp_path / "published.pt")
    for name in ("other.pt", "torn.pt"):
        with pytest.raises(WeightsMismatchError, match="checkpoint"):
            make_trainer().resume(tmp_path / name)


def test_an_unknown_device_is_an_error():
    with pytest.raises(DeviceError, match="cpu or cuda"):
        Processes.join("tpu")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_step_on_the_gpu_moves_the_weights():
    processes = Processes.join("cuda")
    pool = ScenePool(torch.zeros(2, 3, 64, 64, dtype=torch.uint8).cuda(), torch.ones(2).cuda(), torch.ones(2).cuda())
    trainer = FillTrainer(SETTINGS, pool, load_shapes([]).to(processes.device), processes)
    before = weights_of(trainer)

    trainer.train_next()

    assert not torch.equal(before, weights_of(trainer))
