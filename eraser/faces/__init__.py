"""Whose face it is: nothing here is imported unless somebody is named by ``--who``, ``--keep`` or ``eraser faces``.

    names        what a person or a group may be called
    store        the faces that were learnt, in the user's data folder: numbers, never a photo
    recognizer   the protocol: detect faces in a view, turn one into numbers, compare; its zones
    dlib_resnet  dlib's detector and network, from packages, without a fetch
    sface        OpenCV's YuNet and SFace, with pinned weights
    choose       which of them, by the store or by what is here
    search       where in a photo a face is looked for, and at which scales
    match        faces of a photo, and faces that are known -> who it is, in zones
    known        all of it together, for a photo
    enrol        learn a face from a photo

Words are explained in docs/glossary.md.
"""
