"""How weights change."""

import pytorch_lightning as pl
import torch
from torch import nn

from engine.training.callbacks import Clip, seed_dropout
from engine.training.optimisers import AdamW


def steps(optimiser, network, count=5):
    rule = optimiser(network)
    for number in range(count):
        images = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(number))
        rule.zero_grad()
        network(images.to(memory_format=torch.channels_last)).square().mean().backward()
        rule.step()
    return torch.cat([weight.detach().flatten() for weight in network.parameters()])


def network():
    torch.manual_seed(0)
    layers = nn.Conv2d(3, 8, 3, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 4, 3)
    return nn.Sequential(*layers).to(memory_format=torch.channels_last)


def test_all_weights_in_one_pass_go_where_they_go_one_by_one_also_when_channels_lie_last():
    settings = AdamW(rate=0.01, weight_decay=0.1)

    def in_one_pass(model):
        rule = settings.rule(settings._groups(model))
        assert rule.defaults["fused"]
        return rule

    def one_by_one(model):
        return torch.optim.AdamW(settings._groups(model), lr=settings.rate, foreach=False)

    torch.testing.assert_close(steps(in_one_pass, network()), steps(one_by_one, network()), rtol=1e-5, atol=1e-6)


def test_the_gradient_is_cut_to_its_limit_also_for_an_optimiser_that_takes_all_weights_in_one_pass(tmp_path):
    class Model(pl.LightningModule):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(4))

        def training_step(self, batch, _number):
            return (self.weight * 100.0 * batch[0]).sum()

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=1.0, fused=True)

    model = Model()
    trainer = pl.Trainer(max_steps=1, accelerator="cpu", precision="bf16-mixed", callbacks=[Clip(0.5)], logger=False,
                         enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
                         default_root_dir=tmp_path)  # fmt: skip
    data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.ones(1, 4)))
    trainer.fit(model, data)
    assert abs(float(model.weight.norm()) - 0.5) < 1e-3


def test_what_is_random_in_a_network_depends_on_the_seed_and_the_batch_alone_and_leaves_nothing_behind():
    waiting = len(torch.cuda._queued_calls)
    seed_dropout(3, 7)
    first = torch.rand(4)
    seed_dropout(3, 8)
    other = torch.rand(4)
    seed_dropout(3, 7)
    assert torch.equal(first, torch.rand(4)) and not torch.equal(first, other)
    assert len(torch.cuda._queued_calls) == waiting
