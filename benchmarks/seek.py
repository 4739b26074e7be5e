"""Scrubbing: random seeks and steps back, against OpenCV and PyAV's plain seek, in the same run.

    python -m benchmarks.seek [--quick] [--only CLIP …] [--seeks N]

Every clip is made here and carries its frame numbers in its pictures, so wrong frames are counted.
Our cache is emptied before every random seek. Steps back are taken as a person takes them, sixty in a row
from a place just jumped to with an empty cache; the first of them is told apart, because it pays for what the jump left out.
*Kept* is what our cache held at most. All times include the conversion to RGB. Where other work shares the
machine, compare what does not depend on the clock: the packets that are decoded for a seek (on average; OpenCV does
not tell) and the memory that a seek touches for the first time.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from glpose_core.video import FrameCache, open_video
from glpose_core.video.decoder import Decoded
from tests.clips import Clip, encode, read_number

_STEPS = 60


class Source(Protocol):
    def read(self, n: int) -> NDArray[np.uint8]: ...

    def forget(self) -> None: ...

    @property
    def kept(self) -> int:
        """Bytes of frames that it holds."""
        ...

    @property
    def packets(self) -> int | None:
        """Packets that were decoded so far."""
        ...


class Ours:
    name = "GLPose Studio"

    def __init__(self, path: Path) -> None:
        self._cache = FrameCache()
        self._reader = open_video(path, cache=self._cache)
        self.packets = 0
        decoder = self._reader._finder.decoder
        step = decoder.step

        def counted() -> list[Decoded]:
            self.packets += 1
            return step()

        decoder.step = counted

    def read(self, n: int) -> NDArray[np.uint8]:
        return self._reader[n]

    def forget(self) -> None:
        self._cache.clear()

    @property
    def kept(self) -> int:
        return self._cache.used_bytes


class OpenCV:
    name = "OpenCV"

    def __init__(self, path: Path) -> None:
        self._capture = cv2.VideoCapture(str(path))

    def read(self, n: int) -> NDArray[np.uint8]:
        self._capture.set(cv2.CAP_PROP_POS_FRAMES, n)
        done, picture = self._capture.read()
        return picture[..., ::-1] if done else np.zeros((96, 96, 3), np.uint8)

    def forget(self) -> None:
        """It keeps nothing."""

    kept = 0
    packets = None


class PlainPyAV:
    """Seek to n / average rate and decode up to there: what most code on the web does."""

    name = "PyAV, n / rate"

    def __init__(self, path: Path) -> None:
        self._container = av.open(str(path))
        self._stream = self._container.streams.video[0]
        self._stream.thread_type = "AUTO"
        self.packets = 0

    def read(self, n: int) -> NDArray[np.uint8]:
        rate, base = self._stream.average_rate, self._stream.time_base
        assert rate is not None
        assert base is not None
        wanted = round(n / rate / base) + (self._stream.start_time or 0)
        self._container.seek(wanted, stream=self._stream)
        frame = None
        for packet in self._container.demux(self._stream):
            self.packets += 1
            for frame in packet.decode():
                if frame.pts is not None and frame.pts >= wanted:
                    return np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8)
        assert frame is not None
        return np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8)

    def forget(self) -> None:
        """It keeps nothing."""

    kept = 0


@dataclass
class Result:
    seeks: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    steps: list[float] = field(default_factory=list)
    kept: int = 0
    processor: float = 0.0
    touched: float = 0.0
    packets: float | None = None
    asked: int = 0
    wrong: int = 0

    def row(self, name: str) -> str:
        p50, p95 = np.percentile(self.seeks, [50, 95])
        first, (back50, back95) = np.median(self.first), np.percentile(self.steps, [50, 95])
        packets = "" if self.packets is None else f"{self.packets:.1f}"
        return (
            f"  {name:<16}{p50:8.1f} /{p95:7.1f} {self.processor:9.1f} {packets:>8} {self.touched:6.1f} {first:9.1f} {back50:8.1f} /{back95:7.1f}   "
            f"{self.kept / 1e6:5.0f}   {self.wrong:4d} of {self.asked}"
        )


def measure(source: Source, frames: int, seeks: int) -> Result:
    """Ask for ``seeks`` random frames, then step back from an eighth of as many places."""
    result = Result()
    rng = random.Random(0)

    def ask(n: int, times: list[float] | None) -> None:
        start = time.perf_counter()
        picture = source.read(n)
        if times is not None:
            times.append(1000 * (time.perf_counter() - start))
        result.asked += 1
        result.kept = max(result.kept, source.kept)
        try:
            result.wrong += read_number(picture) != n
        except ValueError:
            result.wrong += 1

    begun, packets, faults = time.process_time(), source.packets, _page_faults()
    for _ in range(seeks):
        source.forget()
        ask(rng.randrange(frames), result.seeks)
    result.processor = 1000 * (time.process_time() - begun) / seeks
    result.touched = (_page_faults() - faults) * resource.getpagesize() / 1e6 / seeks
    if packets is not None and source.packets is not None:
        result.packets = (source.packets - packets) / seeks
    for _ in range(max(2, seeks // 8)):
        place = rng.randrange(min(_STEPS, frames - 1), frames)
        source.forget()
        ask(place, None)
        for n in range(place - 1, max(place - 1 - _STEPS, -1), -1):
            ask(n, result.first if n == place - 1 else result.steps)
    return result


def _page_faults() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def clips(quick: bool) -> dict[str, tuple[str, Clip]]:
    """What is measured: names to container suffix and clip."""
    fast = {"preset": "ultrafast", "crf": "26"}
    ticks = tuple(int(t) for t in np.cumsum(np.random.default_rng(0).integers(15, 70, 240)))
    small = Clip(250, 640, 368, gop=250, b_frames=3, options=fast)
    if quick:
        return {"360p, GOP 250": (".mp4", small)}
    return {
        "1080p, GOP 250": (".mp4", Clip(300, 1920, 1080, gop=250, b_frames=3, options=fast)),
        "720p, GOP 48": (".mp4", Clip(240, 1280, 720, gop=48, b_frames=3, options=fast)),
        "720p, variable rate": (
            ".mp4",
            Clip(240, 1280, 720, gop=60, b_frames=3, options=fast, ticks=ticks),
        ),
        "4K, one key frame": (".mp4", Clip(80, 3840, 2160, gop=250, options=fast)),
        "720p, intra refresh": (
            ".mp4",
            Clip(240, 1280, 720, gop=60, options={**fast, "x264-params": "intra-refresh=1"}),
        ),
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--quick", action="store_true", help="one small clip only")
    options.add_argument("--only", nargs="+", default=[""], help="clips whose names begin so")
    options.add_argument("--seeks", type=int, default=40, help="random seeks a clip")
    args = options.parse_args()
    kinds: list[Callable[[Path], Source]] = [Ours, OpenCV, PlainPyAV]
    print(
        "milliseconds             seek p50 / p95  processor  packets new MB first back  back p50 / p95  kept MB  wrong frames"
    )
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GLPOSE_HOME"] = folder
        for number, (name, (suffix, clip)) in enumerate(clips(args.quick).items()):
            if not name.startswith(tuple(args.only)):
                continue
            path = encode(Path(folder) / f"{number}{suffix}", clip)
            start = time.perf_counter()
            Ours(path)
            print(f"{name} (counting {clip.frames} frames: {time.perf_counter() - start:.2f} s)")
            for kind in kinds:
                result = measure(kind(path), clip.frames, args.seeks)
                print(result.row(getattr(kind, "name", "")), flush=True)


if __name__ == "__main__":
    main()
