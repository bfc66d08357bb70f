"""Every setting with its default, unit and documentation, shared by the command line, the Python API and the docs."""

from eraser.config.models import MODEL_DEFAULTS, Device, ModelConfig
from eraser.config.output import OUTPUT_DEFAULTS, Format, Metadata, OnConflict, OutputConfig
from eraser.config.request import REQUEST_DEFAULTS, EraseRequest, Shadows, Unsure
from eraser.config.runs import BATCH_DEFAULTS, WATCH_DEFAULTS, After, BatchConfig, WatchConfig

__all__ = [
    "BATCH_DEFAULTS",
    "MODEL_DEFAULTS",
    "OUTPUT_DEFAULTS",
    "REQUEST_DEFAULTS",
    "WATCH_DEFAULTS",
    "After",
    "BatchConfig",
    "Device",
    "EraseRequest",
    "Format",
    "Metadata",
    "ModelConfig",
    "OnConflict",
    "OutputConfig",
    "Shadows",
    "Unsure",
    "WatchConfig",
]
