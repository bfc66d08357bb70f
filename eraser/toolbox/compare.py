"""``eraser compare``: the people out of one photo in every built-in way, side by side on one sheet."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eraser.config import MODEL_DEFAULTS, REQUEST_DEFAULTS, EraseRequest, ModelConfig, OutputConfig
from eraser.console import Verbose
from eraser.console.options import option_of
from eraser.errors import EraserError, NobodyThereError
from eraser.toolbox.options import Device, PeopleWeights, PhotoFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eraser.geometry import ImageArray, MaskArray, Person
    from eraser.photo import Photo
    from eraser.result import EraseResult

log = logging.getLogger(__name__)

_ZOOM_CONTEXT = 0.5
"""Known surroundings that --zoom leaves on each side, in parts of the hole's longer side."""


def compare_fills(
    photo: PhotoFile,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="SHEET", help="The sheet, or a folder for it; by default <stem>.compare.png."
        ),
    ] = None,
    who: Annotated[str, option_of(EraseRequest, "who")] = REQUEST_DEFAULTS.who,
    mask: Annotated[
        Path | None,
        typer.Option(metavar="FILE", exists=True, dir_okay=False, help="Remove what is white in this picture instead."),
    ] = None,
    fill_weights: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME|PATH", help="Compare these generators only. Can be repeated.", show_default="all at hand"
        ),
    ] = None,
    masker: Annotated[str, option_of(ModelConfig, "masker")] = MODEL_DEFAULTS.masker,
    people_weights: PeopleWeights = MODEL_DEFAULTS.people_weights,
    device: Device = MODEL_DEFAULTS.device,
    zoom: Annotated[
        bool, typer.Option("--zoom", help="Show the surroundings of the hole, not all of the photo.")
    ] = False,
    tile_px: Annotated[int, typer.Option(metavar="N", min=64, max=4096, help="Longer side of a picture.")] = 640,
    verbose: Verbose = False,
) -> None:
    """Take the people out with every generator at hand and with the other built-in inpainters: one sheet, with times.

    Generators that cannot be used are left out with a warning. A file that is there is kept: the sheet then gets a
    number.
    """
    from eraser import console
    from eraser.batch.failures import as_error
    from eraser.photo import format_of_suffix
    from eraser.select import check_choice

    try:
        check_choice(EraseRequest(who=who))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--who") from error
    if mask is not None and who != REQUEST_DEFAULTS.who:
        raise typer.BadParameter("it is about people, and --mask is used instead of them", param_hint="--who")
    if output is not None and not output.is_dir() and format_of_suffix(output.suffix) is None:
        raise typer.BadParameter(f"{output} is neither a folder nor a .png, .jpg, .webp or .tif", param_hint="-o")
    if not verbose:
        console.set_verbosity()
    console.check_opencv()
    config = ModelConfig(masker=masker, people_weights=people_weights, device=device)
    try:
        written = _compare(photo, output, mask, config, EraseRequest(who=who), fill_weights, tile_px, zoom=zoom)
    except (ValueError, RuntimeError, MemoryError) as error:
        raise as_error(error) from error
    if written is None:
        console.write_line(typer.get_text_stream("stderr"), f"{photo}: nobody to take out, no sheet written")
    else:
        typer.echo(written)


def _compare(
    path: Path,
    output: Path | None,
    mask_path: Path | None,
    config: ModelConfig,
    request: EraseRequest,
    wanted: Sequence[str] | None,
    tile_px: int,
    *,
    zoom: bool,
) -> Path | None:
    """The way through it; None when there is nothing to fill."""
    from eraser.batch import Outputs
    from eraser.batch.inputs import InputPhoto
    from eraser.engine import Engine
    from eraser.photo import Photo, load, load_mask, save
    from eraser.toolbox.sheet import draw_mask, draw_sheet

    inputs = [path] if mask_path is None else [path, mask_path]
    is_file = output is not None and not output.is_dir()
    outputs = Outputs(OutputConfig(output=output), inputs, is_file=is_file)
    naming = outputs.naming(InputPhoto(path))  # before the work, since it may find that there is no place for a sheet
    if not is_file:
        naming = replace(naming, tag=".compare")
    photo = load(path)
    mask = None if mask_path is None else load_mask(mask_path, photo.size_wh)
    people = Engine(config).find(photo) if mask is None else ()
    results = _results(_methods(config, wanted), request, photo, people, mask)
    hole = results[0][1].hole
    if not hole.any():
        return None

    tiles = [("photo", photo.image), ("mask", draw_mask(photo.image, hole))]
    tiles += [(label, result.image) for label, result in results]
    if zoom:
        tiles = [(label, _around(picture, hole)) for label, picture in tiles]
    sheet = Photo(image=draw_sheet(tiles, tile_px), icc_profile=photo.icc_profile)

    def write(to: Path, overwrite: bool) -> None:
        save(sheet.image, to, sheet, overwrite=overwrite)

    written = outputs.write(naming.result(outputs.suffix(".png")), write)
    return None if written is None else written[0]


def _methods(config: ModelConfig, wanted: Sequence[str] | None) -> list[ModelConfig]:
    """All ways to fill: alone and as the prior of patch transfer for each set of weights, then those without any."""
    from eraser import weights
    from eraser.inpaint.exported import CONVENTIONS
    from eraser.inpaint.registry import BUILTIN_REQUIREMENTS

    at_hand = [e.name for e in weights.read_manifest().values() if e.kind == "fill" and weights.locate(e)]
    led = [
        replace(config, inpainter=inpainter, fill_weights=name)
        for name in (wanted or at_hand)
        for inpainter in ("lama" if name in CONVENTIONS else "generator", "guided")
    ]
    plain = [name for name, wants in BUILTIN_REQUIREMENTS.items() if not wants.has_weights]
    return led + [replace(config, inpainter=name) for name in plain]


def _results(
    methods: Sequence[ModelConfig],
    request: EraseRequest,
    photo: Photo,
    people: Sequence[Person],
    mask: MaskArray | None,
) -> list[tuple[str, EraseResult]]:
    """Each method's label and result; methods that fail are left out, unless all do."""
    from eraser.engine import Engine, warm_up
    from eraser.inpaint.registry import requirements

    results: list[tuple[str, EraseResult]] = []
    failure: EraserError | None = None
    for method in methods:
        led = requirements(method.inpainter).has_weights
        name = f"{method.inpainter} {Path(method.fill_weights).name}" if led else method.inpainter
        try:
            engine = Engine(method)
            warm_up(engine.inpainter)
            result = engine.erase(photo, request, people=people if mask is None else None, mask=mask)
        except NobodyThereError:  # no method's fault
            raise
        except EraserError as error:
            log.warning("%s is left out: %s", name, error)
            failure = error
            continue
        seconds = result.seconds.get("fill", 0.0) + result.seconds.get("composite", 0.0)
        results.append((f"{name}, {seconds:.1f} s", result))
        if not result.changed:
            break
    if not results and failure is not None:
        raise failure
    return results


def _around(picture: ImageArray, hole: MaskArray) -> ImageArray:
    """What lies around all holes."""
    from eraser.geometry import Box

    box = Box.of_mask(hole)
    if box is None:
        return picture
    margin_px = max(16, round(_ZOOM_CONTEXT * max(box.width, box.height)))
    return picture[box.grow(margin_px, margin_px, hole.shape).slices]
