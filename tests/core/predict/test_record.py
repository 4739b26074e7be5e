"""What a run is remembered by comes back, from older projects too."""

from __future__ import annotations

import pytest

from glpose_core.people.find import DEFAULT_DETECTOR
from glpose_core.predict.record import RunRecord, last_record

pytestmark = pytest.mark.quick

RECORD = RunRecord(network="GLPose", k=2, n=4, precision="float32", flip=True, find_people=False)


def test_a_record_comes_back_from_its_settings() -> None:
    assert RunRecord.read(RECORD.as_settings()) == RECORD


def test_a_run_of_before_the_flip_test_was_recorded_had_none() -> None:
    settings = RECORD.as_settings()
    del settings["flip"]
    assert RunRecord.read(settings).flip is False
    assert RunRecord.read({**settings, "flip": "yes"}).flip is False


def test_the_flip_test_is_told() -> None:
    assert RECORD.words() == "GLPose, k 2, n 4, fast, float32, flip test"


def test_a_project_that_was_never_predicted_proposes_the_usual_finder():
    assert last_record(()).detector == DEFAULT_DETECTOR
    assert RunRecord.read({}).detector == "hog"  # what versions before it used, and did not say
