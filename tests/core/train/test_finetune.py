"""The loop closes: what a person corrected makes the network better on frames it has not learned from."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from glpose_core import cli
from glpose_core.errors import Cancelled, FormatError, GLPoseError
from glpose_core.labels import Project, VideoRecord, edits
from glpose_core.network import GLPose, GLPoseConfig, HRNet, load_weights, save_weights
from glpose_core.skeleton import GLPOSE15, POSETRACK17
from glpose_core.train import finetune
from glpose_core.train.finetune import (
    TrainFinished,
    TrainProgress,
    TrainRequest,
    TrainStarted,
    run,
    split_blocks,
)
from glpose_core.train.labelled import cut_clips, read_labels
from glpose_core.train.optimise import move_back
from glpose_core.train.scoring import Score

SIZE = (48, 64)
FRAMES = 20


def figure(frame: int) -> np.ndarray:
    """Joints of a walking stick man in a 120 × 160 picture, ``[17, 2]``."""
    swing = np.sin(frame / 3) * 8
    x, y = 40 + frame, 40.0
    place = {
        "nose": (0, -12), "head_bottom": (0, -4), "head_top": (0, -20),
        "left_ear": (3, -13), "right_ear": (-3, -13),
        "left_shoulder": (9, 0), "right_shoulder": (-9, 0),
        "left_elbow": (13, 14), "right_elbow": (-13, 14),
        "left_wrist": (13 + swing, 27), "right_wrist": (-13 + swing, 27),
        "left_hip": (6, 32), "right_hip": (-6, 32),
        "left_knee": (7 + swing / 2, 52), "right_knee": (-7 - swing / 2, 52),
        "left_ankle": (7 + swing, 72), "right_ankle": (-7 - swing, 72),
    }  # fmt: skip
    return np.array([np.add((x, y), place[joint]) for joint in POSETRACK17.joints], float)


def draw(frame: int) -> np.ndarray:
    import cv2

    picture = np.full((160, 120, 3), 60, np.uint8)
    xy = figure(frame)
    for a, b in POSETRACK17.limbs:
        side = POSETRACK17.sides[b]
        colour = {"left": (230, 60, 60), "right": (60, 60, 230), "middle": (60, 220, 60)}[side]
        start, end = (tuple(int(v) for v in xy[j]) for j in (a, b))
        cv2.line(picture, start, end, colour, 4)
    return picture


@pytest.fixture
def project(tmp_path: Path) -> Path:
    import cv2

    folder = tmp_path / "walk"
    folder.mkdir()
    for frame in range(FRAMES):
        cv2.imwrite(str(folder / f"{frame:06d}.png"), draw(frame)[..., ::-1])
    record = VideoRecord(str(folder), "x", FRAMES, 120, 160, np.arange(FRAMES) / 25)
    with Project.create(tmp_path / "walk.glpose", record) as opened:
        edit, person = edits.add_person(opened.state, 0, xy=figure(0))
        opened.apply(edit)
        for frame in range(1, FRAMES):
            visibility = np.where([j.endswith("ear") for j in POSETRACK17.joints], 0, 2)
            opened.apply(edits.add_pose(opened.state, person, frame, figure(frame), visibility))
        return opened.path


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    config = GLPoseConfig(width=8, k=1, n=2, modules=(1, 1, 0), input_size=SIZE)
    path = tmp_path / "tiny.safetensors"
    save_weights(GLPose(config), path)
    return path


def test_labels_of_a_project_are_cut_with_their_neighbours(project):
    labels = read_labels(project)
    assert len(labels) == FRAMES
    clips = cut_clips(labels, GLPOSE15.joints, SIZE, 1)
    assert clips.patches.shape[:2] == (FRAMES, 3)
    assert clips.known.all()
    assert (clips.patches[0, 0] == clips.patches[0, 1]).all(), "the first frame stands in for −1"
    wrist = GLPOSE15.index("left_wrist")
    x, y = clips.xy[5, wrist].round().astype(int)
    assert clips.patches[5, 0, y, x, 0] > 150, "the patch shows the red arm where the label says"


def test_blocks_are_held_out_and_neighbours_stay_together():
    frames = np.repeat(np.arange(40), 2)
    train, held = split_blocks(frames)
    assert not set(frames[train]) & set(frames[held])
    assert sorted(set(frames[held])) == [12, 13, 14, 15, 32, 33, 34, 35]
    few, none = split_blocks(np.arange(5))
    assert len(few) == 5
    assert len(none) == 0


def test_fine_tuning_predicts_held_out_frames_better(project, weights, tmp_path):
    events = []
    before_bytes = weights.read_bytes()
    request = TrainRequest(
        project, str(weights), tmp_path / "run", steps=60, learning_rate=4e-3, device="cpu"
    )
    run(request, events.append, lambda: False)
    assert isinstance(events[0], TrainProgress)
    started = next(e for e in events if isinstance(e, TrainStarted))
    finished = events[-1]
    assert isinstance(finished, TrainFinished)
    assert (started.poses, started.held_out) == (16, 4)
    stages = [e.stage for e in events if isinstance(e, TrainProgress)]
    assert list(dict.fromkeys(stages)) == ["reading", "scoring", "learning"]
    assert finished.after.error < finished.before.error * 0.8
    assert weights.read_bytes() == before_bytes
    model = load_weights(finished.weights)
    assert model.joint_names == GLPOSE15.joints
    report = json.loads((tmp_path / "run" / "report.json").read_text())
    assert report["fine_tuned_on"] == "walk.glpose"
    assert report["after"]["people"] == 4


def test_the_same_seed_gives_the_same_weights(project, weights, tmp_path):
    states = []
    for name in ("a", "b"):
        request = TrainRequest(project, str(weights), tmp_path / name, steps=2, device="cpu")
        run(request, lambda event: None, lambda: False)
        states.append(load_weights(tmp_path / name / "weights.safetensors").state_dict())
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


@pytest.mark.quick
def test_how_long_it_learns():
    steps = [finetune.default_steps(poses, 8) for poses in (1, 24, 40, 100, 10_000)]
    assert steps == [60, 60, 100, 250, 600]


@pytest.mark.quick
@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_weights_move_back_along_the_way_they_came(share):
    model, start = HRNet(4, 15, (1, 1, 0)), HRNet(4, 15, (1, 1, 0)).state_dict()
    end = {name: value.clone() for name, value in model.state_dict().items()}
    move_back(model, start, share)
    for name, value in model.state_dict().items():
        wanted = end[name] + share * (start[name] - end[name])
        assert torch.allclose(value.double(), wanted.double(), atol=1e-6), name


def scored(half: float, whole: float):
    """Scores of the two networks that may be the result, told apart by their weights."""

    def score(model: HRNet) -> Score:
        value = model.final_layer.bias[0].item()
        return Score({0.5: half, 1.0: whole}[value], 1.0, 4, 60)

    return score


@pytest.mark.quick
@pytest.mark.parametrize(
    ("half", "whole", "new", "back"),
    [
        (0.6, 0.9, False, 0.5),  # Half way helps: further is not asked.
        (0.5, 0.9, False, 0.0),  # It does not, the end does.
        (0.4, 0.3, False, 0.5),  # Neither does: the nearer one is the lesser harm.
        (0.6, 0.2, True, 0.0),  # Joints that knew nothing: half of them is noise.
    ],
)
def test_the_result_lies_half_way_where_that_helps(half, whole, new, back):
    model = HRNet(4, 15, (1, 1, 0))
    start = {name: torch.zeros_like(value) for name, value in model.state_dict().items()}
    torch.nn.init.ones_(model.final_layer.bias)
    before = Score(0.5, 1.0, 4, 60)
    result, after, went = finetune._settle(model, start, new, before, scored(half, whole))
    assert went == back
    assert result.final_layer.bias[0].item() == 1 - back
    assert after.pck == (half if back else whole)


@pytest.mark.quick
def test_nothing_measured_is_half_way_and_a_figure_that_is_none_ranks_last():
    model = HRNet(4, 15, (1, 1, 0))
    start = {name: torch.zeros_like(value) for name, value in model.state_dict().items()}
    assert finetune._settle(model, start, False, None, lambda model: None)[1:] == (None, 0.5)
    assert finetune._settle(model, start, True, None, lambda model: None)[1:] == (None, 0.0)
    unknown = Score(math.nan, math.nan, 0, 0)
    assert finetune._rank(unknown) < finetune._rank(Score(0.0, 99.0, 1, 1))


def test_joints_with_labels_no_longer_count_as_untrained(project):
    clips = cut_clips(read_labels(project), GLPOSE15.joints, SIZE, 0)
    clips.known[:, GLPOSE15.index("head_top")] = False
    model = HRNet(8, 15, (1, 1, 0))
    model.record = {"hours": 1, "untrained_joints": ["head_bottom", "head_top"]}
    assert finetune._note_learned(model, clips)
    assert model.record == {"hours": 1, "untrained_joints": ["head_top"]}
    assert not finetune._note_learned(model, clips)
    model.record = {}
    assert not finetune._note_learned(model, clips)
    assert model.record == {}


def test_an_hrnet_learns_too(project, tmp_path):
    torch.manual_seed(0)
    path = tmp_path / "hrnet.safetensors"
    save_weights(HRNet(8, 15, (1, 1, 0)), path, {"input_size": SIZE, "untrained_joints": ["nose"]})
    events = []
    run(
        TrainRequest(project, str(path), tmp_path / "run", steps=2, device="cpu"),
        events.append,
        lambda: False,
    )
    assert isinstance(events[-1], TrainFinished)
    assert load_weights(events[-1].weights).record["untrained_joints"] == []


def test_cancelling_leaves_nothing_behind(project, weights, tmp_path):
    asked = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > 25

    with pytest.raises(Cancelled):
        run(
            TrainRequest(project, str(weights), tmp_path / "run", steps=50, device="cpu"),
            lambda event: None,
            cancelled,
        )
    assert not (tmp_path / "run").exists()


def test_a_project_without_labels_is_refused_in_words(tmp_path, weights):
    record = VideoRecord("v", "x", 3, 10, 10, np.arange(3.0))
    Project.create(tmp_path / "empty.glpose", record).close()
    with pytest.raises(FormatError, match="correct or accept some poses first"):
        read_labels(tmp_path / "empty.glpose")


def test_a_missing_video_is_named(project, weights, tmp_path):
    (tmp_path / "walk").rename(tmp_path / "gone")
    with pytest.raises(GLPoseError, match="is missing"):
        run(
            TrainRequest(project, str(weights), tmp_path / "run", device="cpu"),
            lambda event: None,
            lambda: False,
        )


def test_a_folder_that_cannot_be_written_is_refused_before_learning(
    project, weights, tmp_path, monkeypatch
):
    (tmp_path / "file").write_text("")
    for out in (tmp_path / "file" / "run", tmp_path / "locked"):
        with pytest.raises(GLPoseError, match="a folder you may write to"):
            run(
                TrainRequest(project, str(weights), out, device="cpu"),
                lambda event: pytest.fail("it began"),
                lambda: False,
            )
        monkeypatch.setattr("os.access", lambda folder, mode: False)


def test_the_command_prints_before_and_after(project, weights, tmp_path, capsys):
    arguments = ["train", "--data", str(project), "--weights", str(weights), "--steps", "1"]
    assert cli.main([*arguments, "--out", str(tmp_path / "run"), "--device", "cpu"]) == 0
    out, err = capsys.readouterr()
    assert "before    PCK@0.2 torso" in out
    assert "next      glpose predict VIDEO --out FILE --model " in out
    assert "learning from 16 poses, 4 held out" in err
    trained = tmp_path / "run" / "weights.safetensors"
    before = trained.read_bytes()
    assert cli.main([*arguments, "--out", str(tmp_path / "run"), "--device", "cpu"]) == 2
    assert "run: holds trained weights already — choose another folder" in capsys.readouterr().err
    assert trained.read_bytes() == before
    assert cli.main([*arguments[:2], "nowhere.glpose", *arguments[3:], "--out", "x"]) == 3
