"""People rendered in motion, with exact labels: the demo clip, tests, benchmarks and training clips."""

from .clip import truth_file, truth_rows, write_clip
from .demo import DemoFiles, demo_clip, demo_files
from .motion import Motion, Recordings, read_recordings
from .render import render
from .scene import Actor, Scene, SceneOptions, draw_scene, make_actor
from .truth import FrameTruth

__all__ = [
    "Actor",
    "DemoFiles",
    "FrameTruth",
    "Motion",
    "Recordings",
    "Scene",
    "SceneOptions",
    "demo_clip",
    "demo_files",
    "draw_scene",
    "make_actor",
    "read_recordings",
    "render",
    "truth_file",
    "truth_rows",
    "write_clip",
]
