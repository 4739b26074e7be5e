"""What the networks cost, counted without running them.

Prints parameters and multiply-adds per crop for HRNet and GLPose at three widths, and the ratios that
decide how a video is predicted: GLPose with one backbone pass per person and frame (features kept),
against a whole HRNet, and against GLPose read literally (every crop through the backbone, and the
candidates that are ranked).

    python benchmarks/network_cost.py [--size 288x384] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from glpose_core.network import GLPose, GLPoseConfig, HRNet
from glpose_core.network.cost import multiply_adds, parameters
from glpose_core.network.hrnet import FEATURE_STRIDE

EXPECTED = {
    48: (35.307, 20.546, 20.323, 0.19),
    32: (None, None, 10.541, 0.165),
    18: (None, None, None, 0.11),
}
"""At 288×384: HRNet in all, to stage 3, what branch 0 needs (G), and the modules' share of the latter."""


@dataclass(frozen=True)
class Cost:
    """Parameters, and multiply-adds per crop or key frame, at one width."""

    width: int
    hrnet_parameters: int
    stage3_parameters: int
    modules_parameters: int
    hrnet: int
    stage3: int
    branch0: int
    modules: int
    literal: int

    @property
    def share(self) -> float:
        """The GLPose modules and head, as a share of one feature pass."""
        return self.modules / self.branch0

    @property
    def kept(self) -> int:
        """One key frame, every reference's features being there already."""
        return self.branch0 + self.modules


def measure(width: int, size: tuple[int, int]) -> Cost:
    """Count one width at crops of ``size`` (width, height)."""
    with torch.device("meta"):
        hrnet = HRNet(width).eval()
        glpose = GLPose(GLPoseConfig(width=width, input_size=size)).eval()
    crop = torch.zeros(1, 3, size[1], size[0])
    v = torch.zeros(1, width, size[1] // FEATURE_STRIDE, size[0] // FEATURE_STRIDE)
    config = glpose.config
    v_l, v_g = (v.expand(1, count, *v.shape[1:]) for count in (2 * config.k, config.n))
    branch0 = multiply_adds(glpose, lambda: glpose.features(crop))
    modules = multiply_adds(glpose, lambda: glpose.from_features(v, v_l, v_g))
    return Cost(
        width=width,
        hrnet_parameters=parameters(hrnet),
        stage3_parameters=parameters(glpose.backbone),
        modules_parameters=parameters(glpose) - parameters(glpose.backbone),
        hrnet=multiply_adds(hrnet, lambda: hrnet(crop)),
        stage3=multiply_adds(hrnet, lambda: hrnet._to_stage3(crop, rows=None)),
        branch0=branch0,
        modules=modules,
        # The key, its 2k neighbours and the candidates to rank, of which n are used.
        literal=(1 + 2 * config.k + config.pool_sample) * branch0 + modules,
    )


def table(costs: list[Cost]) -> list[tuple[str, ...]]:
    """Rows of the printed table, the title first."""

    def giga(value: int) -> str:
        return f"{value / 1e9:.3f}"

    return [
        ("", *(f"W{cost.width}" for cost in costs)),
        ("parameters, HRNet", *(f"{cost.hrnet_parameters:,}" for cost in costs)),
        ("parameters, HRNet to stage 3", *(f"{cost.stage3_parameters:,}" for cost in costs)),
        ("parameters, GLPose's own", *(f"{cost.modules_parameters:,}" for cost in costs)),
        ("G multiply-adds, HRNet", *(giga(cost.hrnet) for cost in costs)),
        ("G, to the end of stage 3", *(giga(cost.stage3) for cost in costs)),
        ("G, what branch 0 needs", *(giga(cost.branch0) for cost in costs)),
        ("G, GLPose's modules and head", *(giga(cost.modules) for cost in costs)),
        ("modules / feature pass", *(f"{cost.share:.3f}" for cost in costs)),
        ("GLPose, features kept / feature pass", *(f"{1 + cost.share:.2f}" for cost in costs)),
        ("GLPose, features kept / HRNet", *(f"{cost.kept / cost.hrnet:.2f}" for cost in costs)),
        (
            "GLPose, literal / feature pass",
            *(f"{cost.literal / cost.branch0:.1f}" for cost in costs),
        ),
        ("GLPose, literal / features kept", *(f"{cost.literal / cost.kept:.1f}" for cost in costs)),
    ]


def expected_rows(costs: list[Cost]) -> list[tuple[str, ...]]:
    """The figures expected at 288×384, in the table's order."""
    names = (
        "G, HRNet",
        "G, to the end of stage 3",
        "G, what branch 0 needs",
        "modules / feature pass",
    )
    return [
        (f"expected: {name}", *(str(EXPECTED[cost.width][row] or "–") for cost in costs))
        for row, name in enumerate(names)
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--size", default="288x384", help="crop WIDTHxHEIGHT, multiples of 32")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the counts here too")
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    costs = [measure(channels, (width, height)) for channels in EXPECTED]
    rows = table(costs)
    if (width, height) == (288, 384):
        rows += expected_rows(costs)
    first = max(len(row[0]) for row in rows)
    print(f"Crops of {width}×{height}; k 4, n 6, {GLPoseConfig().pool_sample} candidates ranked\n")
    for row in rows:
        print(row[0].ljust(first), *(cell.rjust(12) for cell in row[1:]))
    if options.json:
        options.json.write_text(json.dumps([asdict(cost) for cost in costs], indent=2) + "\n")


if __name__ == "__main__":
    main()
