"""GLPose Studio without the window: video, labels, formats, the network, prediction, training."""

__version__ = "0.1.0"
