from __future__ import annotations

import json
from dataclasses import replace

import pytest

from glpose_core.errors import UsageError
from glpose_core.train.recipe import PRESETS, Recipe, Stage, paper, preset, scratch

pytestmark = pytest.mark.quick


def test_the_papers_schedule():
    recipe = paper()
    rates = [recipe.learning_rate * recipe.rate_at(epoch / 20) for epoch in (0, 5.9, 6, 12, 18, 20)]
    assert rates == pytest.approx([1e-3, 1e-3, 1e-4, 1e-5, 1e-6, 1e-6])
    assert recipe.weight_decay == 0, "AdamW without decay is the paper's Adam"
    assert recipe.location_weight == 0
    assert recipe.total_steps(poses=160) == 200
    how = recipe.augmentation
    assert (how.rotation, how.scale, how.flip_chance) == (45, 0.35, 0.5)
    assert how.colour == how.blur_chance == how.occlusion_chance == 0


def test_a_cosine_rises_and_falls():
    recipe = replace(scratch(), warm_up=0.1)
    assert recipe.rate_at(0) == 0
    assert recipe.rate_at(0.05) == pytest.approx(0.5)
    assert recipe.rate_at(0.1) == pytest.approx(1)
    assert recipe.rate_at(0.55) == pytest.approx(0.5)
    assert recipe.rate_at(1) == pytest.approx(0)


def test_stages_follow_the_budget_and_scale_together():
    recipe = scratch()
    assert [recipe.stage_at(share).size for share in (0, 0.69, 0.7, 1)] == [
        (96, 128), (96, 128), (144, 192), (144, 192),
    ]  # fmt: skip
    assert recipe.at_size((288, 384)).stages == (Stage((192, 256), 0.7), Stage((288, 384)))


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_a_recipe_survives_json(name):
    recipe = preset(name)
    assert Recipe.from_dict(json.loads(json.dumps(recipe.to_dict()))) == recipe


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"steps": 3, "epochs": 2.0}, "steps"),
        ({"steps": 0}, "steps"),
        ({"stages": (Stage((96, 128), 0.5),)}, "stages"),
        ({"stages": (Stage((90, 128)),)}, "stages"),
        ({"kept_draws": 2}, "kept_draws"),
        ({"kept_draws": 2, "backbone_rate": 0.0, "references": False}, "references"),
        ({"ema": 1.0}, "ema"),
    ],
)
def test_contradictions_are_named(changes, field):
    with pytest.raises(UsageError, match=field):
        Recipe(**({"steps": 5} | changes))


def test_foreign_fields_are_refused():
    with pytest.raises(UsageError, match="warp"):
        Recipe.from_dict({"steps": 3, "warp": 9})
    with pytest.raises(UsageError, match="no recipe"):
        preset("soup")
