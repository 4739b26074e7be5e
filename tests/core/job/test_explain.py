"""A pose of a project, explained from what the project kept: the prediction again, to a hundredth pixel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from glpose_core.errors import Cancelled, UsageError, WeightsError
from glpose_core.formats.project_video import video_record
from glpose_core.geometry import apply_affine
from glpose_core.job import predict_video
from glpose_core.job.explain import HIGHEST, Explainer, smaller
from glpose_core.labels import Project, origins_of, read_references
from glpose_core.predict.evidence import Change, ExplainRequest, largest_move
from glpose_core.predict.job import PredictRequest, Rows, Seed
from glpose_core.predict.record import RunRecord, run_of
from glpose_core.video import open_video

from .conftest import box_of


def predicted(clip, weights, path, mode="cached", **more):
    """A project with one run over the clip."""
    parts = []
    seeds = [Seed(1 + figure, 17, tuple(box_of(figure, 17))) for figure in (0, 1)]
    request = PredictRequest(
        clip, str(weights), find_people=False, seeds=seeds, device="cpu", mode=mode, **more
    )
    result = predict_video(request, lambda event: parts.append(event))
    with open_video(clip) as reader:
        project = Project.create(path, video_record(reader, path))
    run = project.begin_run(run_of(request, result.started))
    project.add_tracks(run, dict.fromkeys(result.tracks))
    for event in parts:
        if isinstance(event, Rows):
            project.add_predictions(run, event.rows, event.references)
    project.flush()
    return project


@pytest.fixture(scope="module")
def projects(clip, placing, tmp_path_factory):
    """One project a mode."""
    folder = tmp_path_factory.mktemp("projects")
    made = {
        mode: predicted(clip, placing, folder / f"{mode}.glpose", mode)
        for mode in ("cached", "paper")
    }
    yield made
    for project in made.values():
        project.close()


def request_for(project, person, frame, **change):
    origin = origins_of(project.state, person, frame)[0]
    record = RunRecord.of(origin.run)
    references = read_references(project.path, origin.shown, origin.track, frame)
    assert references is not None
    return origin.row, ExplainRequest(
        weights=record.weights,
        sha256=record.sha256,
        frame=frame,
        box=origin.row["box"],
        references=references,
        device=record.device,
        mode=record.mode,
        flip=record.flip,
        change=Change(**change),
    )


@pytest.mark.parametrize("mode", ["cached", "paper"])
def test_every_pose_is_explained_as_it_was_predicted(clip, projects, mode):
    project = projects[mode]
    person = project.state.people()[0].id
    with Explainer(clip) as explainer:
        for frame in (0, 1, 17, 35):
            row, request = request_for(project, person, frame)
            found = explainer.explain(request)
            assert np.abs(found.xy - row["xy"]).max() < 0.05
            assert found.frames[:4].tolist() == [min(max(frame + d, 0), 35) for d in (-2, -1, 1, 2)]
            assert found.local_weights.sum() == pytest.approx(1)
            assert found.global_weights.sum() == pytest.approx(1)
            assert found.crops.shape == (7, 48, 32, 3)


def test_a_pose_of_the_flip_test_is_explained_with_it(clip, placing, tmp_path):
    with predicted(clip, placing, tmp_path / "flip.glpose", flip_test=True) as project:
        person = project.state.people()[0].id
        row, request = request_for(project, person, 17)
        assert request.flip
        with Explainer(clip) as explainer:
            found = explainer.explain(request)
            plain = explainer.explain(replace(request, flip=False))
    assert np.abs(found.xy - row["xy"]).max() < 0.05
    assert np.abs(plain.xy - row["xy"]).max() > 0.05
    assert found.local_weights.sum() == pytest.approx(1)


def test_a_change_is_worked_out_without_looking_again(clip, projects):
    project = projects["cached"]
    person = project.state.people()[0].id
    _, request = request_for(project, person, 17)
    with Explainer(clip) as explainer:
        before = explainer.explain(request)
        features = explainer._engine[1].features
        explainer._engine[1].features = pytest.fail
        removed = explainer.explain(request_for(project, person, 17, removed=frozenset({1}))[1])
        mixed = explainer.explain(request_for(project, person, 17, shuffle=3)[1])
        explainer._engine[1].features = features
        again = explainer.explain(request)
    assert not np.array_equal(before.xy, removed.xy)
    assert not np.array_equal(before.xy, mixed.xy)
    assert np.array_equal(before.xy, again.xy)
    assert np.array_equal(before.crops, removed.crops)


def test_a_removed_crop_weighs_nothing_and_the_others_what_they_weigh_in_all_their_slots(
    clip, projects
):
    project = projects["cached"]
    person = project.state.people()[0].id
    with Explainer(clip) as explainer:
        every = explainer.explain(request_for(project, person, 17)[1])
        fewer = explainer.explain(request_for(project, person, 17, removed=frozenset({1, 4}))[1])
        mixed = explainer.explain(request_for(project, person, 17, shuffle=2)[1])
    weights, near, far = every.weight_of_crops
    assert np.allclose(weights, [*every.local_weights, *every.global_weights])
    assert (near, far) == (0, 0)
    weights, near, far = fewer.weight_of_crops
    assert weights[1] == weights[4] == 0
    assert near == pytest.approx(float(every.local_weights[1]))
    assert weights[:4].sum() + near == pytest.approx(1)
    assert weights[5] == pytest.approx(1)
    weights, near, far = mixed.weight_of_crops
    assert weights[:4].sum() == pytest.approx(1)
    assert sorted(weights[:4]) == pytest.approx(sorted(every.local_weights))


def test_crops_show_the_person_where_the_maps_say(clip, projects):
    project = projects["cached"]
    person = project.state.people()[0].id
    row, request = request_for(project, person, 17)
    with Explainer(clip) as explainer, open_video(clip) as reader:
        found = explainer.explain(request)
        centre = row["box"][:2] + row["box"][2:] / 2
        x, y = np.round(apply_affine(found.matrices[0], centre[None])[0]).astype(int)
        colour = reader[17][tuple(np.round(centre[::-1]).astype(int))]
    assert np.abs(found.crops[0, y, x].astype(int) - colour).max() < 60


def test_large_crops_are_handed_out_smaller_with_maps_to_match():
    crops = np.zeros((2, 384, 288, 3), np.uint8)
    crops[:, 100:104, 60:64] = 255
    matrices = np.tile(np.eye(2, 3), (2, 1, 1))
    small, maps = smaller(crops, matrices)
    assert small.shape == (2, HIGHEST, 144, 3)
    where = np.argwhere(small[0, ..., 0] > 128).mean(axis=0)[::-1]
    assert np.allclose(apply_affine(maps[0], np.array([[61.5, 101.5]])), where, atol=1e-6)


def test_it_stops_when_another_pose_is_asked_for(clip, projects):
    project = projects["cached"]
    _, request = request_for(project, project.state.people()[0].id, 17)
    with Explainer(clip) as explainer, pytest.raises(Cancelled):
        explainer.explain(request, lambda: True)


def test_other_weights_than_those_that_predicted_are_refused(clip, projects, tiny):
    project = projects["cached"]
    _, request = request_for(project, project.state.people()[0].id, 17)
    other = ExplainRequest(**{**vars(request), "weights": str(tiny)})
    with Explainer(clip) as explainer:
        with pytest.raises(WeightsError, match="no longer the file"):
            explainer.explain(other)
        short = ExplainRequest(**{**vars(request), "references": request.references[:3]})
        with pytest.raises(UsageError, match="predict again"):
            explainer.explain(short)


def test_the_record_says_how_to_do_it_again(projects, placing):
    project = projects["paper"]
    record = RunRecord.of(project.state.runs[1])
    assert record == RunRecord.read(record.as_settings())
    assert (record.network, record.weights, record.mode) == ("GLPose", str(placing), "paper")
    assert (record.k, record.n, record.find_people) == (2, 2, False)
    assert len(record.sha256) == 64
    assert record.precision in ("float32", "bfloat16")
    assert record.words().startswith("GLPose, k 2, n 2, as published")


def test_a_record_of_nonsense_is_empty():
    record = RunRecord.read({"k": True, "n": "6", "mode": 3, "network": None, "second": 1})
    assert record == RunRecord()
    assert record.words() == "a model that is not named, people found by hog"


def test_the_largest_move_is_told_in_pixels_and_heads():
    before = np.zeros((17, 2))
    before[2] = (0, -20)  # the head top; the head bottom is at (0, 0)
    after = before.copy()
    after[9], after[13] = (3, 4), (30, 40)
    placed = np.ones(17, bool)
    placed[13] = False
    move = largest_move(before, after, placed)
    assert (move.joint, move.pixels, move.heads) == (9, 5.0, 0.25)
    placed[2] = False
    assert largest_move(before, after, placed).heads is None
    assert largest_move(before, after, np.zeros(17, bool)) is None
