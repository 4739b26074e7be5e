"""Every choice of GLPose is a field, and a wrong one is named."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glpose_core.network import GLPoseConfig
from glpose_core.skeleton import COCO17, GLPOSE15

pytestmark = pytest.mark.quick


def test_the_defaults_are_the_papers() -> None:
    config = GLPoseConfig()
    assert (config.width, config.k, config.n, config.input_size) == (48, 4, 6, (288, 384))
    assert config.joint_names == GLPOSE15.joints
    assert config.references == 14
    assert config.offsets() == (-4, -3, -2, -1, 1, 2, 3, 4)
    assert (config.pool_sample, config.pool_distance) == (20, 150)
    assert (config.pool_score, config.pool_fallback_score) == (0.6, 0.2)
    assert config.head == "3x3"
    assert config.freeze_backbone


@pytest.mark.parametrize(("height", "sigma"), [(384, 3.0), (256, 2.0), (192, 1.5)])
def test_sigma_follows_the_crop(height: int, sigma: float) -> None:
    assert GLPoseConfig(input_size=(height * 3 // 4, height)).target_sigma == sigma
    assert GLPoseConfig(sigma=2.5).target_sigma == 2.5


def test_joints_by_number_and_by_name_are_the_same_configuration() -> None:
    assert GLPoseConfig(joints=15) == GLPoseConfig(joints=list(GLPOSE15.joints))
    assert GLPoseConfig(joints=17).joint_names == COCO17.joints


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("width", 0),
        ("width", 10**9),
        ("width", "48"),
        ("k", -1),
        ("k", True),
        ("n", 2.5),
        ("n", 21),
        ("joints", 16),
        ("joints", []),
        ("joints", "nose"),
        ("joints", ["nose", "nose"]),
        ("joints", ["nose", 3]),
        ("modules", (1, 4, 3)),
        ("modules", (1, 0, 0)),
        ("modules", (1, 4)),
        ("modules", 4),
        ("local_weight", "cubic"),
        ("global_weight", "none"),
        ("enhancement", 1),
        ("mask", "half"),
        ("aggregation_blocks", 2),
        ("head", "7x7"),
        ("edge", "wrap"),
        ("input_size", (288, 380)),
        ("input_size", (0, 384)),
        ("input_size", "288x384"),
        ("sigma", 0),
        ("sigma", float("nan")),
        ("sigma", "3"),
        ("freeze_backbone", "yes"),
        ("pool_sample", 0),
        ("pool_distance", -1),
        ("pool_score", 1.5),
        ("pool_fallback_score", 0.7),
        ("decoder", "soft"),
        ("flip_test", None),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_field(field: str, value: Any) -> None:
    with pytest.raises(ValueError) as caught:
        GLPoseConfig(**{field: value})
    named = str(caught.value).split(":")[0]
    assert named == ("pool_sample" if (field, value) == ("n", 21) else field)


configs = st.builds(
    GLPoseConfig,
    width=st.integers(1, 64),
    k=st.integers(0, 6),
    n=st.integers(0, 10),
    joints=st.sampled_from([15, 17, ("nose",), ("a", "b", "c")]),
    modules=st.tuples(st.integers(1, 2), st.integers(1, 4), st.just(0)),
    local_weight=st.sampled_from(["linear", "inverse", "gauss", "uniform"]),
    global_weight=st.sampled_from(["per_frame", "per_channel"]),
    enhancement=st.booleans(),
    mask=st.sampled_from(["full", "spatial"]),
    aggregation_blocks=st.sampled_from([1, 3]),
    head=st.sampled_from(["3x3", "5x5", "mlp"]),
    edge=st.sampled_from(["clamp", "key"]),
    input_size=st.tuples(st.integers(1, 30), st.integers(1, 30)).map(
        lambda size: (16 * size[0], 16 * size[1])
    ),
    sigma=st.none() | st.floats(0.5, 5),
    freeze_backbone=st.booleans(),
    pool_sample=st.integers(10, 40),
    pool_distance=st.integers(1, 500),
    decoder=st.sampled_from(["quarter", "dark"]),
    flip_test=st.booleans(),
)


@given(configs)
def test_a_configuration_survives_json_and_pickle(config: GLPoseConfig) -> None:
    assert GLPoseConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config
    assert pickle.loads(pickle.dumps(config)) == config
    assert replace(config) == config


def test_absent_fields_have_their_defaults_and_unknown_ones_are_named() -> None:
    assert GLPoseConfig.from_dict({"width": 32}) == GLPoseConfig(width=32)
    with pytest.raises(ValueError, match=r"^attention: "):
        GLPoseConfig.from_dict({"attention": 8})
