from __future__ import annotations

import multiprocessing
import pickle
import threading
from dataclasses import replace

import numpy as np
import pytest
import torch

from glpose_core.errors import Cancelled, UsageError, WeightsError
from glpose_core.geometry import box_iou
from glpose_core.job import predict_video, run
from glpose_core.labels.poses import PREDICTION_DTYPE
from glpose_core.network import GLPose, load_weights, save_weights
from glpose_core.people.follow import Follower
from glpose_core.predict.engine import Engine
from glpose_core.predict.job import (
    Finished,
    KnownBoxes,
    Note,
    PredictRequest,
    Progress,
    Rows,
    Seed,
    Started,
    TracksFound,
)
from glpose_core.predict.predictor import Predictor
from glpose_core.video import BrokenFrame, write_video
from glpose_core.video.file_reader import FileReader

from .conftest import FRAMES, SIZE, box_of


@pytest.fixture
def request_(clip, tiny):
    def make(**fields) -> PredictRequest:
        fields.setdefault("detector", "colour")
        return PredictRequest(clip, str(tiny), precision="float32", **fields)

    return make


def listen(request, cancelled=lambda: False):
    events = []
    run(request, events.append, cancelled)
    return events


def of(events, kind):
    return [event for event in events if isinstance(event, kind)]


def all_rows(events):
    return np.concatenate([event.rows for event in of(events, Rows)])


def test_two_people_are_found_followed_and_predicted(request_):
    result = predict_video(request_())
    assert sorted(set(result.tracks.values())) == [-2, -1]
    assert len(result.rows) == 2 * FRAMES
    assert result.rows.dtype == PREDICTION_DTYPE
    assert result.finished is not None
    assert (result.finished.poses, result.finished.people) == (2 * FRAMES, 2)
    for row in result.rows:
        overlaps = [box_iou(row["box"], box_of(f, row["frame"]))[0, 0] for f in (0, 1)]
        assert max(overlaps) > 0.7
    keys = list(zip(result.rows["frame"], result.rows["track"], strict=True))
    assert keys == sorted(set(keys))


def test_what_is_said_comes_in_order_and_carries_the_generation(request_):
    events = listen(request_(generation=41))
    assert {event.generation for event in events} == {41}
    assert isinstance(next(e for e in events if not isinstance(e, Note)), Started)
    assert isinstance(events[-1], Finished)
    told: set[int] = set()
    for event in events:
        if isinstance(event, TracksFound):
            assert not told & event.tracks.keys()
            told |= event.tracks.keys()
        elif isinstance(event, Rows):
            assert set(event.rows["track"].tolist()) <= told
    ticks = of(events, Progress)
    assert [t.done for t in ticks] == sorted(t.done for t in ticks)
    assert (ticks[0].done, ticks[-1].done, ticks[-1].total) == (0, FRAMES, FRAMES)
    pickle.loads(pickle.dumps(events))  # they travel between processes


def test_frames_near_the_focus_come_first(request_):
    rows = all_rows(listen(request_(focus=20)))
    distance = np.abs(rows["frame"] - 20)
    assert distance[0] == 0
    assert distance[:10].max() <= 5
    # Later rows may only be nearer than earlier ones by what one turn to the other side takes.
    assert (np.maximum.accumulate(distance) - distance).max() <= 12


def given_boxes() -> KnownBoxes:
    frames = np.tile(np.arange(FRAMES), 2)
    people = np.repeat([3, 4], FRAMES)
    boxes = [box_of(p - 3, f) for p, f in zip(people.tolist(), frames.tolist(), strict=True)]
    return KnownBoxes.of(people, frames, boxes, human=True)


def by_person(result):
    rows = result.rows.copy()
    rows["track"] = [result.tracks[track] for track in rows["track"].tolist()]
    return np.sort(rows, order=("frame", "track"))


@pytest.fixture
def narrow(tiny):
    """The tiny network, looking for non-local references no farther than eight frames away."""
    path = tiny.with_name("narrow.safetensors")
    torch.manual_seed(5)
    other = GLPose(replace(load_weights(tiny).config, pool_distance=8))
    with torch.no_grad():
        for value in other.parameters():
            if value.ndim > 1:
                torch.nn.init.kaiming_normal_(value)  # so that references show
        for value in other.head.parameters():
            value.mul_(1e-3)  # heatmaps well below 1, where scores would be cut
    save_weights(other, path)
    return str(path)


@pytest.mark.parametrize("mode", ["cached", "paper"])
def test_in_given_boxes_the_order_of_the_walk_changes_nothing(request_, narrow, mode):
    runs = [
        predict_video(
            replace(
                request_(known=given_boxes(), find_people=False, focus=focus, early=early),
                weights=narrow,
                mode=mode,
            )
        )
        for focus, early in ((0, False), (17, True), (35, False))
    ]
    first, *others = [by_person(run) for run in runs]
    for other in others:
        assert np.array_equal(other[["frame", "track"]], first[["frame", "track"]])
        # Other batches round differently; another choice of references would show a hundredfold.
        assert np.abs(other["score"] - first["score"]).max() < 1e-4
    assert runs[0].finished.poses == 2 * FRAMES


def test_early_results_are_marked_and_come_near_the_focus_first(request_, narrow):
    request = replace(
        request_(known=given_boxes(), find_people=False, focus=20, early=True), weights=narrow
    )
    events = of(listen(request), Rows)
    early = np.concatenate([event.rows for event in events if event.provisional])
    final = np.concatenate([event.rows for event in events if not event.provisional])
    keys = [
        list(zip(r["frame"].tolist(), r["track"].tolist(), strict=True)) for r in (early, final)
    ]
    assert len(set(keys[0])) == len(keys[0])
    assert len(set(keys[1])) == len(keys[1]) == 2 * FRAMES
    assert events[0].provisional
    assert early["frame"][0] == 20
    assert len(early) > 20
    seen: dict[tuple[int, int], bool] = {}
    for event in events:
        for key in zip(event.rows["frame"].tolist(), event.rows["track"].tolist(), strict=True):
            assert seen.get(key) is not False, "nothing provisional comes after what is final"
            seen[key] = event.provisional
    lookup = dict(zip(keys[1], final, strict=True))
    changed = [
        not np.array_equal(row["score"], lookup[k]["score"])
        for k, row in zip(keys[0], early, strict=True)
    ]
    assert any(changed), "otherwise nothing was provisional about them"


def test_given_boxes_take_one_backbone_pass_per_person_and_frame(request_, monkeypatch):
    passes = []
    real = Engine.features
    monkeypatch.setattr(
        Engine, "features", lambda self, crops: passes.append(len(crops)) or real(self, crops)
    )
    predict_video(request_(known=given_boxes(), find_people=False, focus=9))
    assert sum(passes) == 2 * FRAMES


def test_people_in_given_boxes_are_not_looked_at_one_by_one(request_, monkeypatch):
    monkeypatch.setattr(Engine, "maps_alone", lambda *_: pytest.fail("their boxes are given"))
    result = predict_video(request_(known=given_boxes(), find_people=False, focus=9))
    assert len(result.rows) == 2 * FRAMES


@pytest.mark.parametrize(("early", "most"), [(False, 40), (True, 20)])
def test_where_nobody_waits_the_network_gets_fuller_batches(request_, monkeypatch, early, most):
    """Two people: ten frames at a time fill one batch of sixteen and a fourth of the next, twenty two and a half."""
    taken = []
    real = Predictor.absorb
    monkeypatch.setattr(
        Predictor, "absorb", lambda self, keys: taken.append(len(keys)) or real(self, keys)
    )
    first = predict_video(request_(known=given_boxes(), find_people=False, batch=16, early=early))
    assert max(taken) == most
    assert len(first.rows) == 2 * FRAMES


def test_the_first_frame_may_be_broken_where_boxes_are_given(request_, monkeypatch):
    real = FileReader.__getitem__

    def broken(self, frame):
        if frame == 9:
            raise BrokenFrame("cannot be decoded", file="clip.mp4")
        return real(self, frame)

    monkeypatch.setattr(FileReader, "__getitem__", broken)
    result = predict_video(request_(known=given_boxes(), find_people=False, start=9, stop=10))
    assert len(result.rows) == 0
    assert result.finished.broken == 1


def test_what_a_step_looks_at_does_not_grow_with_the_clip(request_, narrow, monkeypatch):
    """With references no farther than eight frames away, frames far behind are not gone through any more."""
    asked = []
    real = Follower.shot
    monkeypatch.setattr(
        Follower,
        "shot",
        lambda self, frame: asked.append(self.passed[1] - frame) or real(self, frame),
    )
    predict_video(
        replace(request_(known=given_boxes(), find_people=False, batch=2), weights=narrow)
    )
    assert max(asked) <= 8 + 10


def test_a_drawn_box_is_followed_both_ways_and_kept_to_the_digit(request_):
    drawn = tuple(float(v) for v in np.add(box_of(0, 15), (0.25, -1.5, 2.0, 3.5)))
    result = predict_video(request_(seeds=(Seed(8, 15, drawn),), find_people=False))
    assert result.tracks == {0: 8}
    assert result.rows["frame"].tolist() == list(range(FRAMES))
    assert result.rows[15]["box"].tolist() == list(drawn)
    assert (result.rows["box_score"] == 1).all()
    assert box_iou(result.rows[35]["box"], box_of(0, 35))[0, 0] > 0.6


def test_known_people_keep_their_ids_and_nobody_is_doubled(request_):
    frames = np.arange(0, FRAMES, 3)
    boxes = np.array([box_of(0, frame) for frame in frames])
    human = np.arange(len(frames)) % 4 == 0
    known = KnownBoxes.of(np.full(len(frames), 5), frames, boxes, human)
    result = predict_video(request_(known=known, focus=10))
    assert sorted(set(result.tracks.values())) == [-1, 5]
    persons = np.array([result.tracks[int(t)] for t in result.rows["track"]])
    assert (np.bincount(result.rows["frame"]) == 2).all()
    for frame, box in zip(frames[human], boxes[human], strict=True):
        (row,) = result.rows[(persons == 5) & (result.rows["frame"] == frame)]
        assert row["box"].tolist() == box.tolist()


def test_only_known_people_are_predicted_when_nobody_is_looked_for(request_):
    known = KnownBoxes.of([2] * 5, range(10, 15), [box_of(1, f) for f in range(10, 15)])
    result = predict_video(request_(known=known, find_people=False))
    assert result.rows["frame"].tolist() == [10, 11, 12, 13, 14]
    assert set(result.tracks.values()) == {2}


def test_a_deleted_person_stays_away(request_):
    frames = np.arange(0, FRAMES, 5)
    known = KnownBoxes.of(
        np.full(len(frames), 5), frames, [box_of(0, f) for f in frames], deleted=True
    )
    result = predict_video(request_(known=known, focus=12))
    assert set(result.tracks.values()) == {-1}
    assert all(box_iou(row["box"], box_of(1, 0))[0, 0] > 0.7 for row in result.rows)


def test_a_deleted_pose_of_a_living_person_is_left_out(request_):
    frames = np.arange(FRAMES)
    known = KnownBoxes.of(
        np.full(FRAMES, 3), frames, [box_of(0, f) for f in frames], True, deleted=frames == 7
    )
    result = predict_video(request_(known=known, find_people=False))
    assert 7 not in result.rows["frame"]
    assert len(result.rows) == FRAMES - 1


@pytest.mark.parametrize("mode", ["cached", "paper"])
def test_a_range_is_a_range(request_, mode):
    result = predict_video(request_(start=5, stop=14, mode=mode, focus=30))
    assert sorted(set(result.rows["frame"].tolist())) == list(range(5, 14))


def test_one_frame_is_enough(request_):
    result = predict_video(request_(start=9, stop=10))
    assert len(result.rows) == 2


def test_the_same_request_gives_the_same_rows(request_):
    first, second = (predict_video(request_(focus=17)).rows for _ in range(2))
    assert first.tobytes() == second.tobytes()


@pytest.mark.parametrize("patience", [0, 3, 40])
def test_cancelling_ends_it_soon_and_keeps_what_was_said(request_, patience):
    events, asked = [], []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > patience

    with pytest.raises(Cancelled):
        run(request_(), events.append, cancelled)
    assert len(asked) <= patience + 2
    assert not of(events, Finished)


@pytest.mark.parametrize("early", [False, True])
def test_a_network_at_work_beside_the_rest_changes_nothing(request_, narrow, early):
    """Two people in given boxes: the same events with the same rows in the same order, all told on this thread."""
    request = request_(known=given_boxes(), find_people=False, focus=17, early=early)
    told = []
    for beside in (False, True):
        events, threads = [], set()

        def hear(event, events=events, threads=threads):
            threads.add(threading.get_ident())
            events.append(event)

        run(replace(request, weights=narrow), hear, lambda: False, beside=beside)
        assert threads == {threading.get_ident()}
        told.append(
            [(e.provisional, e.rows.tobytes(), e.references.tobytes()) for e in of(events, Rows)]
        )
    assert told[0] == told[1]
    assert {provisional for provisional, *_ in told[0]} == ({False, True} if early else {False})


def test_running_out_of_memory_halves_the_batch_and_goes_on(request_, monkeypatch):
    real = Engine.in_batches

    def starved(self, count, work):
        def small(part):
            if part.stop - part.start > 2:
                raise RuntimeError("CUDA out of memory")
            return work(part)

        return real(self, count, small)

    plain = predict_video(request_(batch=8))
    monkeypatch.setattr(Engine, "in_batches", starved)
    threads = set()
    result = predict_video(request_(batch=8), lambda event: threads.add(threading.get_ident()))
    assert threads == {threading.get_ident()}  # though the network noted it on its own
    assert [note for note in result.notes if "2 people at a time" in note]
    assert np.allclose(plain.rows["xy"], result.rows["xy"], atol=0.5)


def test_requests_that_make_no_sense_are_refused(request_, clip):
    with pytest.raises(UsageError, match=r"hold nothing.*0:36"):
        predict_video(request_(start=50))
    with pytest.raises(UsageError, match="no detector"):
        predict_video(request_(detector="nonesuch"))
    with pytest.raises(WeightsError):
        predict_video(PredictRequest(clip, "no such weights"))


def test_nobody_found_says_what_to_do(tiny, tmp_path):
    empty = tmp_path / "empty.mp4"
    with write_video(empty, *SIZE, 25) as writer:
        for _ in range(6):
            writer.write(np.full((SIZE[1], SIZE[0], 3), 128, np.uint8))
    result = predict_video(PredictRequest(empty, str(tiny)))
    assert len(result.rows) == 0
    assert any("draw a box" in note for note in result.notes)


def _in_child(request, pipe):
    run(request, pipe.send, lambda: False)
    pipe.close()


def test_it_runs_in_a_process_of_its_own(request_):
    context = multiprocessing.get_context("spawn")
    near, far = context.Pipe(duplex=False)
    seed = Seed(0, 2, tuple(box_of(0, 2)))
    request = request_(stop=5, find_people=False, seeds=(seed,), detector="hog")
    child = context.Process(target=_in_child, args=(request, far))
    child.start()
    far.close()
    events = []
    while not events or not isinstance(events[-1], Finished):
        assert near.poll(60)
        events.append(near.recv())
    child.join(20)
    assert child.exitcode == 0
    assert len(all_rows(events)) == 5
