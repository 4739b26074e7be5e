"""A joint through time, read from columns, against the poses one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glpose_core.labels import PREDICTION_DTYPE, Project, Run, Visibility, edits
from glpose_core.labels.through_time import joint_path

pytestmark = pytest.mark.quick
WRIST = 9
ACTS = st.lists(
    st.tuples(st.sampled_from(["move", "hide", "absent", "delete", "other"]), st.integers(0, 19)),
    max_size=12,
)


def predicted(project: Project) -> int:
    """One person predicted in frames 2 … 15, the wrist absent in frame 7."""
    rows = np.zeros(14, PREDICTION_DTYPE)
    rows["frame"] = np.arange(2, 16)
    rows["xy"] = np.random.default_rng(0).uniform(0, 200, rows["xy"].shape)
    rows["visibility"], rows["score"] = Visibility.VISIBLE, 0.9
    rows["visibility"][5, WRIST] = Visibility.ABSENT
    rows["box"], rows["pose_score"] = (10, 10, 100, 200), 0.9
    run = project.begin_run(Run.new("made up", "none", "cpu"))
    project.add_tracks(run, {0: None})
    project.add_predictions(run, rows)
    return project.state.people()[0].id


@settings(
    derandomize=True,
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(acts=ACTS)
def test_it_is_what_the_poses_say(tmp_path_factory: pytest.TempPathFactory, acts) -> None:
    from .conftest import video_record

    path = tmp_path_factory.mktemp("path") / "clip.glpose"
    with Project.create(path, video_record()) as project:
        person = predicted(project)
        state = project.state
        for act, frame in acts:
            match act:
                case "move":
                    edit = edits.move_joint(state, person, frame, WRIST, (frame, 2.0 * frame))
                case "hide":
                    edit = edits.set_visibility(state, person, frame, WRIST, Visibility.OCCLUDED)
                case "absent":
                    edit = edits.set_visibility(state, person, frame, WRIST, Visibility.ABSENT)
                case "other":
                    edit = edits.move_joint(state, person, frame, 4, (1.0, 2.0))
                case _:
                    edit = edits.delete_pose(state, person, frame)
            project.submit(edit)
        frames, xy = joint_path(state, person, WRIST)
        rows = {frame: state.pose(person, frame) for frame in range(20)}
        expected = [
            frame for frame, row in rows.items() if row is not None and row["visibility"][WRIST]
        ]
        assert frames.tolist() == expected
        for frame, place in zip(frames.tolist(), xy, strict=True):
            np.testing.assert_allclose(place, rows[frame]["xy"][WRIST])
