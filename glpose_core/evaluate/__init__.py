"""How good predictions are, by the measures of the field.

    score_posetrack(truth, predictions) -> PoseTrackScore     PoseTrack AP and MOTA of one video
    score_files([(truth, predictions), …]) -> PoseTrackScore  of several videos, pooled as officially
    score_pck(videos, normaliser, threshold) -> PckScore      videos: [pair_video(truth, predictions), …]
    pck(found, truth, known, size, threshold) -> Pck          arrays, people already paired
    score_oks(truth, found, sigmas) -> OksScore               arrays; score_oks_videos(videos) for files
    score_jhmdb(truth folder, predictions folder) -> JhmdbScore
    check_file(path, role, truth) -> CheckReport              what the official scorer would say of a file
    compare_posetrack(first, second, worst) -> Comparison
    measure_agreement(first, second) -> Agreement             two annotators of one video, neither the truth

Files are :class:`glpose_core.formats.posetrack_file.PoseTrackFile`. Nothing here needs torch.
"""

from .agreement import Agreement, Apart, JointAgreement, cohens_kappa, measure_agreement
from .average_precision import AveragePrecision
from .checking import CheckReport, check_file
from .comparing import Comparison, compare_pck, compare_posetrack
from .differences import JointError, joint_errors, missed_people, worst_joints
from .faults import Fault
from .jhmdb import JhmdbScore, score_jhmdb
from .joints import COLUMNS, JOINTS, columns_of
from .oks import OksFound, OksScore, OksTruth, extent, score_oks
from .oks_videos import OksVideos, score_oks_videos
from .people import People, Video, pair_video, people_of
from .percentage_correct import Pck, PckScore, pck, score_pck, torso_size
from .posetrack import PoseTrackScore, score_files, score_posetrack
from .tracking import Tracking, TrackingCounts

__all__ = [
    "COLUMNS",
    "JOINTS",
    "Agreement",
    "Apart",
    "AveragePrecision",
    "CheckReport",
    "Comparison",
    "Fault",
    "JhmdbScore",
    "JointAgreement",
    "JointError",
    "OksFound",
    "OksScore",
    "OksTruth",
    "OksVideos",
    "Pck",
    "PckScore",
    "People",
    "PoseTrackScore",
    "Tracking",
    "TrackingCounts",
    "Video",
    "check_file",
    "cohens_kappa",
    "columns_of",
    "compare_pck",
    "compare_posetrack",
    "extent",
    "joint_errors",
    "measure_agreement",
    "missed_people",
    "pair_video",
    "pck",
    "people_of",
    "score_files",
    "score_jhmdb",
    "score_oks",
    "score_oks_videos",
    "score_pck",
    "score_posetrack",
    "torso_size",
    "worst_joints",
]
