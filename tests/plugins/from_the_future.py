"""Broken on purpose: it is written for an interface that does not exist yet."""

from eraser import WhatNobodyHasThoughtOf

NEEDS_INTERFACE = 1000

load_masker = WhatNobodyHasThoughtOf
