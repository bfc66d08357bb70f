"""``eraser inpainters``: what fills holes, which options each has, write one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eraser.toolbox.plugin_commands import plugin_app

if TYPE_CHECKING:
    from eraser.plugins.kind import Kind


def _load_kind() -> Kind[Any]:
    from eraser.inpaint.registry import INPAINTERS

    return INPAINTERS


app = plugin_app("an inpainter", "What fills holes: list, show and write inpainters.", _load_kind)
