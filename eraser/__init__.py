"""Take the people out of photos.

The flow, a module a stage: photo -> maskers -> people -> masks -> crops -> inpaint -> composite -> photo.

    from eraser import erase
    result = erase("photo.jpg", who="all")      # result.image is RGB uint8 (H, W, 3)
"""

__version__ = "0.1.0"
