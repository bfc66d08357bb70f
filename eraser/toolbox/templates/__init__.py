"""What ``eraser maskers new`` and ``eraser inpainters new`` write: plugins that work, named ``example``."""
