"""Every tool by its name."""

from __future__ import annotations

from .boxing import BoxTool
from .head_tool import HeadTool
from .placing import PickTool, PlaceTool
from .region_tool import RegionTool
from .selecting import SelectTool
from .tools import Tool

TOOLS: dict[str, Tool] = {
    tool.name: tool
    for tool in (SelectTool(), BoxTool(), PlaceTool(), PickTool(), HeadTool(), RegionTool())
}
