"""What mouse and keys do on the canvas: one module per family of tools, and the kit that holds them."""

from app.gui.labeling.tools.base import GRAB, Pointer, Tool
from app.gui.labeling.tools.handles import handle_points
from app.gui.labeling.tools.kit import Kit
from app.gui.labeling.tools.select import SelectTool

__all__ = ["GRAB", "Kit", "Pointer", "SelectTool", "Tool", "handle_points"]
