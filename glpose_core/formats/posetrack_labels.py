"""Between projects and PoseTrack18: everything that reads or writes a project's labels."""

from .occluded import Occluded, with_occluded
from .posetrack_export import (
    NothingConfirmed,
    export_labels,
    export_predictions,
    predictions_file,
)
from .posetrack_import import import_labels, import_predictions, people_of, prediction_rows
from .posetrack_report import ExportReport

__all__ = [
    "ExportReport",
    "NothingConfirmed",
    "Occluded",
    "export_labels",
    "export_predictions",
    "import_labels",
    "import_predictions",
    "people_of",
    "prediction_rows",
    "predictions_file",
    "with_occluded",
]
