"""HRNet, GLPose and their weights."""

from ..bundled import bundled_weights
from .config import GLPoseConfig
from .device import choose_device, computes_half, describe_device, half_where_fast
from .glpose import Explanation, GLPose, pooled
from .hrnet import HRNet
from .importing import ImportReport, import_weights, load_backbone
from .library import Listed, default_weights, find_weights, listed_weights
from .native import WeightsInfo, save_weights
from .weights import inspect_weights, load_weights

__all__ = [
    "Explanation",
    "GLPose",
    "GLPoseConfig",
    "HRNet",
    "ImportReport",
    "Listed",
    "WeightsInfo",
    "bundled_weights",
    "choose_device",
    "computes_half",
    "default_weights",
    "describe_device",
    "find_weights",
    "half_where_fast",
    "import_weights",
    "inspect_weights",
    "listed_weights",
    "load_backbone",
    "load_weights",
    "pooled",
    "save_weights",
]
