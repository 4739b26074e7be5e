"""How a reader behaves: stepping, caching, threads, closing, indices that travel."""

from __future__ import annotations

import pickle
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from glpose_core.errors import Cancelled, VideoError
from glpose_core.video import BrokenFrame, FrameCache, FrameIndex, build_index, open_video
from glpose_core.video import opening as opening_module
from glpose_core.video.decoder import PacketDecoder
from tests.clips import Clip, encode, read_number

pytestmark = pytest.mark.quick


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return encode(tmp_path_factory.mktemp("clip") / "clip.mp4", Clip(gop=30, b_frames=2))


class Watch:
    """Counts what the decoder is asked to do."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.jumps = self.steps = 0
        seek, rewind, step = PacketDecoder.seek, PacketDecoder.rewind, PacketDecoder.step

        def counted_seek(decoder: PacketDecoder, index: FrameIndex, ordinal: int) -> bool:
            self.jumps += 1
            return seek(decoder, index, ordinal)

        def counted_rewind(decoder: PacketDecoder) -> None:
            self.jumps += 1
            rewind(decoder)

        def counted_step(decoder: PacketDecoder) -> object:
            self.steps += 1
            return step(decoder)

        monkeypatch.setattr(PacketDecoder, "seek", counted_seek)
        monkeypatch.setattr(PacketDecoder, "rewind", counted_rewind)
        monkeypatch.setattr(PacketDecoder, "step", counted_step)


def test_stepping_forward_never_jumps(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_video(clip, cache=FrameCache(0)) as reader:
        watch = Watch(monkeypatch)
        for n in range(len(reader)):
            assert read_number(reader[n]) == n
        assert watch.jumps == 0
        # Each packet is decoded once; the last steps drain the decoder.
        assert watch.steps <= len(reader) + 1


def test_stepping_back_decodes_a_group_once(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_video(clip) as reader:
        reader[55]
        watch = Watch(monkeypatch)
        for n in range(55, 46, -1):
            assert read_number(reader[n]) == n
        assert (watch.jumps, watch.steps) == (0, 0), "the first steps cost nothing"
        for n in range(46, 29, -1):
            assert read_number(reader[n]) == n
        assert watch.jumps == 1, "over the edge of what was kept, the rest is decoded and kept"
        assert watch.steps <= 30


def test_a_jump_keeps_a_handful_of_frames(clip: Path) -> None:
    """Memory that is touched for the first time costs as much as decoding: most frames on the way are let go."""
    cache = FrameCache()
    with open_video(clip, cache=cache) as reader:
        reader[59]
        assert len(cache) <= 9 + 30 // 8 + 1
        assert set(range(51, 60)) <= set(cache.frames().tolist())


def test_the_cache_hears_of_every_frame_on_the_way(tmp_path: Path) -> None:
    path = encode(tmp_path / "clip.mp4", Clip(gop=60))
    heard: list[int] = []

    class Listening(FrameCache):
        def put(self, n: int, frame: object) -> None:
            heard.append(n)

        def pass_by(self, n: int) -> None:
            heard.append(n)

    with open_video(path, cache=Listening()) as reader:
        reader[50]
    assert heard[:51] == list(range(51))


def test_forward_again_after_stepping_back_goes_on(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_video(clip) as reader:
        reader[40], reader[35]
        watch = Watch(monkeypatch)
        for n in range(36, 60):
            assert read_number(reader[n]) == n
        assert watch.jumps == 0


def test_numbers_past_the_ends(clip: Path) -> None:
    with open_video(clip) as reader:
        assert read_number(reader[-1]) == 59
        assert read_number(reader[np.int64(7)]) == 7
        for wrong in (60, -61):
            with pytest.raises(IndexError):
                reader[wrong]
        with pytest.raises(TypeError):
            reader[1.5]  # type: ignore[index]
        assert [read_number(picture) for picture in reader] == list(range(60))  # type: ignore[attr-defined]


def test_pictures_belong_to_the_caller(clip: Path) -> None:
    with open_video(clip) as reader:
        reader[3][:] = 0
        assert read_number(reader[3]) == 3
        assert reader[3].dtype == np.uint8
        with pytest.raises(ValueError, match="read-only"):
            reader.times[0] = 5


def test_two_readers_in_two_threads(clip: Path) -> None:
    index = build_index(clip)
    wrong: list[tuple[int, int]] = []

    def read(numbers: list[int]) -> None:
        with open_video(clip, index=index, cache=FrameCache(200_000)) as reader:
            wrong.extend((n, got) for n in numbers if (got := read_number(reader[n])) != n)

    orders = [list(range(0, 60, 7)), list(range(59, -1, -9)), [3, 58, 4, 57, 5]]
    threads = [threading.Thread(target=read, args=(order,)) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert wrong == []


def test_closing_while_another_thread_reads(tmp_path: Path) -> None:
    path = encode(tmp_path / "long.mp4", Clip(frames=120, gop=250))
    reader = open_video(path, cache=FrameCache(0))
    outcome: list[object] = []
    reading = threading.Event()

    def read() -> None:
        try:
            while True:
                for n in (119, 0, 100):
                    reader[n]
                    reading.set()
        except VideoError as error:
            outcome.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    assert reading.wait(30)
    reader.close()
    thread.join(30)
    assert not thread.is_alive()
    assert len(outcome) == 1
    assert "closed" in str(outcome[0])
    assert not isinstance(outcome[0], BrokenFrame)
    reader.close()


def test_index_travels_by_pickle_and_by_bytes(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = build_index(clip)
    monkeypatch.setattr(opening_module, "build_index", None)  # a scan would fail
    for copy in (pickle.loads(pickle.dumps(index)), FrameIndex.from_bytes(index.to_bytes())):
        with open_video(clip, index=copy) as reader:
            assert read_number(reader[31]) == 31
            assert reader.info.frames == 60


def test_index_of_another_file_is_refused(clip: Path, tmp_path: Path) -> None:
    other = encode(tmp_path / "other.mp4", Clip(frames=5))
    with pytest.raises(VideoError, match="not the file whose frames were counted"):
        open_video(other, index=build_index(clip))


def test_scan_is_kept_under_home(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from glpose_core.video import scan

    first = build_index(clip)
    monkeypatch.setattr(scan, "scan_video", None)
    again = build_index(clip)
    assert again.to_bytes() == first.to_bytes()


def test_damaged_kept_index_is_made_anew(clip: Path, glpose_home: Path) -> None:
    first = build_index(clip)
    kept = list(glpose_home.rglob("*.frames"))
    assert len(kept) == 1
    kept[0].write_bytes(kept[0].read_bytes()[:-20])
    assert build_index(clip).to_bytes() == first.to_bytes()


def test_scan_tells_its_progress_and_can_be_cancelled(tmp_path: Path) -> None:
    path = encode(tmp_path / "clip.avi", Clip(codec="mpeg4", b_frames=2))
    parts: list[float] = []
    with pytest.raises(Cancelled):
        build_index(path, parts.append, lambda: len(parts) >= 2)
    assert 0 < parts[0] < parts[1] < 1
    build_index(path, parts.append)
    assert max(parts) == 1


def test_wrong_checksums_do_not_hide_frames(tmp_path: Path) -> None:
    """An index from another decoder version: pictures cannot be compared, yet all can be read."""
    path = encode(tmp_path / "clip.avi", Clip(codec="mpeg4", b_frames=2, frames=30))
    index = build_index(path)
    head = {name: getattr(index, name) for name in index.__dataclass_fields__}
    foreign = FrameIndex(**{**head, "checksum": index.checksum ^ np.uint32(1)})
    with open_video(path, index=foreign, cache=FrameCache(0)) as reader:
        assert [read_number(reader[n]) for n in (20, 3, 29, 11)] == [20, 3, 29, 11]


@pytest.mark.thorough
def test_importing_the_package_does_not_load_pyav() -> None:
    code = (
        "import sys, glpose_core.video as v; v.FrameCache; v.FrameIndex; print('av' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
