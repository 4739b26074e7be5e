"""Every tool by its name."""

from __future__ import annotations

from .head_tool import HeadTool
from .region_tool import RegionTool
from .tools import BoxTool, PlaceTool, SelectTool, Tool

TOOLS: dict[str, Tool] = {
    tool.name: tool for tool in (SelectTool(), BoxTool(), PlaceTool(), HeadTool(), RegionTool())
}
