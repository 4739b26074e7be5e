from __future__ import annotations

import numpy as np
import pytest

from glpose_core.errors import GLPoseError
from glpose_core.skeleton import COCO17, GLPOSE15, LSP14, POSETRACK17, SKELETONS, slots_of

pytestmark = pytest.mark.quick


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=lambda s: s.name)
def test_flipping_twice_is_no_change_and_exchanges_sides(skeleton):
    order = skeleton.flip_order
    assert np.array_equal(order[order], np.arange(len(skeleton)))
    for slot, joint in enumerate(skeleton.joints):
        if skeleton.sides[slot] == "left":
            assert skeleton.joints[order[slot]] == joint.replace("left", "right")
    assert len(skeleton.sigmas) == len(skeleton)
    assert int(skeleton.name[-2:]) == len(skeleton)


def test_posetrack_shares_all_but_the_eyes_with_coco():
    slots = slots_of(COCO17.joints, POSETRACK17.joints)
    assert [POSETRACK17.joints[i] for i in np.flatnonzero(slots < 0)] == ["head_bottom", "head_top"]
    assert (slots[3:] == np.arange(3, 17)).all()


def test_glpose_predicts_posetrack_without_ears():
    assert set(POSETRACK17.joints) - set(GLPOSE15.joints) == {"left_ear", "right_ear"}
    assert (slots_of(LSP14.joints, GLPOSE15.joints) < 0).sum() == 1


def test_an_error_is_one_sentence_naming_file_field_and_remedy():
    error = GLPoseError("is not a number", file="a.json", field="images[3].id", remedy="write one")
    assert str(error) == "a.json: images[3].id: is not a number — write one."
