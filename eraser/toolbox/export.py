"""``eraser weights export``: the form of weights that ONNX Runtime runs, from the same tensors."""

from __future__ import annotations

from pathlib import Path

from eraser.errors import WeightsError
from eraser.system.files import whole_file
from eraser.weights import export_path, find, hash_file, read_manifest


def export(name: str) -> Path:
    """Write the ONNX form of weights beside their file. Tensors are stored as float16 and computed in float32.

    Args:
        name: In the manifest, or a path of weights that find people.

    Returns:
        The ONNX file.

    Raises:
        WeightsError: The weights cannot be exported, or the package ``onnx`` is missing.
    """
    from eraser.inpaint.export import export_generator
    from eraser.maskers.detectors.export import export_segmenter
    from eraser.networks.onnx_file import simplify, store_halves

    entry = read_manifest().get(name)
    file = find(name, entry.kind if entry is not None else "people")
    is_fill = entry is not None and entry.kind == "fill"
    target = export_path(file)
    try:
        with whole_file(target) as temporary:
            if is_fill:
                export_generator(file, temporary)
                simplify(temporary)
            else:
                export_segmenter(file, temporary)
            store_halves(temporary)
    except ImportError as error:
        raise WeightsError("exporting needs the package onnx: pip install 'erase-me[export]'") from error
    except OSError as error:
        raise WeightsError(f"cannot write {target}: {error.strerror or error}") from error
    return target


def manifest_lines(path: Path) -> str:
    """What the manifest says about an export that is shipped."""
    return f'onnx_sha256 = "{hash_file(path)}"'
