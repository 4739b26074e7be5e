"""Every tool by its name."""

from __future__ import annotations

from .boxing import BoxTool
from .placing import PickTool, PlaceTool
from .selecting import SelectTool
from .tools import Tool

TOOLS: dict[str, Tool] = {
    tool.name: tool for tool in (SelectTool(), BoxTool(), PlaceTool(), PickTool())
}
