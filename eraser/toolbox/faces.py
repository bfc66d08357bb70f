"""``eraser faces``: learn faces, forget them, see who is known and who would be recognised."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from eraser import console
from eraser.config import MODEL_DEFAULTS, EraseRequest, ModelConfig, OutputConfig
from eraser.console import Verbose
from eraser.console.options import option_of
from eraser.toolbox.options import AsJson, Device, PeopleWeights, PhotoFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eraser.engine import Engine
    from eraser.faces.recognizer import FaceRecognizer
    from eraser.faces.store import FaceStore, Numbers

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Known faces: learn, forget, group, list and check them."
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Any name, such as me.")]


@app.command()
def add(
    name: Name,
    photos: Annotated[list[Path], typer.Argument(metavar="PHOTO...", help="Photos of that person.")],
    at: Annotated[
        str | None, typer.Option(metavar="X,Y", help="The face under that pixel, where a photo shows several.")
    ] = None,
    recognizer: Annotated[
        Literal["sface", "dlib"] | None,
        typer.Option(help="Faces that are known already keep theirs.", show_default="the best"),
    ] = None,
    anyway: Annotated[bool, typer.Option("--anyway", help="Also a face unlike those known by that name.")] = False,
    offline: Annotated[bool, option_of(ModelConfig, "offline")] = False,
    verbose: Verbose = False,
) -> None:
    """Learn the face of somebody. More photos, in other light and from other sides, make it surer.

    Only numbers are kept, in your data folder, and nobody else may read them. Nothing is kept if one photo fails.
    """
    from eraser.engine import Engine
    from eraser.faces.choose import recognizer_to_learn
    from eraser.faces.names import check_name
    from eraser.faces.store import changing, read_store, write_store

    try:
        name = check_name(name)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="NAME") from error
    point = None if at is None else _point(at, photos)
    with changing():
        store = read_store()
        name = store.find(name) or name
        if name in store.groups:
            raise typer.BadParameter(f"{name} is a group: add its people one by one", param_hint="NAME")
        knows = recognizer_to_learn(store, recognizer, offline=offline)
        before = store.people.get(name, ())
        engine = Engine(ModelConfig(offline=offline))
        faces = _learn_all(photos, before, knows, point, engine, anyway=anyway)
        if faces:
            write_store(store.with_faces(name, faces, knows.name, knows.weights_sha256))
    count = len(before) + len(faces)
    typer.echo(f"{name}: {'1 face' if count == 1 else f'{count} faces'}, learnt with {knows.name}")


@app.command("list")
def list_faces(as_json: AsJson = False, verbose: Verbose = False) -> None:
    """Show who is known, a name a line: in a pipe with the number of faces, or the people of a group."""
    from eraser.faces.store import read_store

    store = read_store()
    for name, faces in store.people.items():
        fields = {"name": name, "faces": len(faces), "recognizer": store.recognizer}
        typer.echo(json.dumps(fields) if as_json else f"{name}\t{len(faces)}\t{store.recognizer}")
    for name, people in store.groups.items():
        typer.echo(json.dumps({"group": name, "people": people}) if as_json else f"{name}\tgroup\t{','.join(people)}")


@app.command()
def remove(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="A person or a group.")] = None,
    everybody: Annotated[bool, typer.Option("--all", help="Forget everybody, and remove the file.")] = False,
    verbose: Verbose = False,
) -> None:
    """Forget somebody, or a group; its people stay known."""
    from eraser.faces.store import changing, forget_all, read_store, write_store

    if (name is None) != everybody:
        raise typer.BadParameter("say who: a NAME, or --all", param_hint="NAME")
    if name is None:
        typer.echo("everybody is forgotten" if forget_all() else "nobody was known")
        return
    with changing():
        store = read_store()
        known = _known_name(store, name)
        left = store.without(known)
        if left.people:
            write_store(left)
    if not left.people:
        forget_all()
    typer.echo(f"{known} is forgotten")


@app.command()
def group(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call them, such as family.")],
    people: Annotated[str, typer.Argument(metavar="NAMES", help="People who are known, such as me,anna.")],
    verbose: Verbose = False,
) -> None:
    """Call several people by one name, for --who and --keep. An older group of that name is replaced."""
    from dataclasses import replace

    from eraser.faces.names import check_name
    from eraser.faces.store import changing, read_store, write_store

    try:
        name = check_name(name)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="NAME") from error
    with changing():
        store = read_store()
        names = store.resolve(tuple(_known_name(store, each) for each in people.split(",")))
        name = store.find(name) or name
        if name in store.people:
            raise typer.BadParameter(f"{name} is a person: take another name for the group", param_hint="NAME")
        write_store(replace(store, groups={**store.groups, name: names}))
    typer.echo(f"{name}: {', '.join(names)}")


@app.command()
def check(
    photo: PhotoFile,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="DIR", file_okay=False, help="Folder for the picture; else beside the photo."
        ),
    ] = None,
    people_weights: PeopleWeights = MODEL_DEFAULTS.people_weights,
    device: Device = MODEL_DEFAULTS.device,
    offline: Annotated[bool, option_of(ModelConfig, "offline")] = False,
    verbose: Verbose = False,
) -> None:
    """Show who would be recognised in a photo, how alike everybody is, and write <stem>.people.png."""
    from eraser.batch import InputPhoto, Outputs, PhotoProcessor
    from eraser.batch.table import as_table
    from eraser.engine import Engine
    from eraser.faces.store import read_store

    if not verbose:
        console.set_verbosity()
    console.check_opencv()
    config = ModelConfig(people_weights=people_weights, device=device, offline=offline)
    # Those who are known are tinted; of nobody known, "strangers" says what to do.
    request = EraseRequest(who=",".join(read_store().people) or "strangers")
    engine = Engine(config)
    engine.selector(request)  # who is not known at all is not looked for
    processor = PhotoProcessor(engine, Outputs(OutputConfig(output=output), [photo]), request)
    outcome = processor.list_people(InputPhoto(photo))
    if outcome.error is not None:
        raise outcome.error
    typer.echo(as_table(outcome, with_choice=False))
    for person in outcome.people or ():
        found = person.recognition
        if found is not None and found.similarities is not None:
            alike = ", ".join(f"{name} {value:.2f}" for name, value in found.similarities.items())
            typer.echo(f"  {person.number:>6}  similarity: {alike}")


def _learn_all(
    photos: Sequence[Path],
    before: Sequence[Numbers],
    recognizer: FaceRecognizer,
    at: tuple[int, int] | None,
    engine: Engine,
    *,
    anyway: bool,
) -> tuple[Numbers, ...]:
    """Numbers of the new faces; all photos must show one. Says so where a face is on nobody whom the engine finds.

    Raises:
        EraserError: A photo cannot be read, or shows nobody, several people, or somebody else.
    """
    from eraser.errors import FacesError
    from eraser.faces.enrol import learn
    from eraser.photo import load

    faces: list[Numbers] = []
    for path in photos:
        image = load(path.expanduser()).image
        try:
            learnt = learn(image, [*before, *faces], recognizer, at)
        except FacesError as error:
            raise FacesError(f"{path}: {error}; nothing was learnt") from error
        alike = learnt.similarity
        if alike is not None and alike < recognizer.zones.unsure and not anyway:
            raise FacesError(
                f"{path}: this face is unlike the others of that name (similarity {alike:.2f}): "
                "--anyway learns it all the same; nothing was learnt"
            )
        if learnt.is_new:
            faces.append(learnt.as_stored)
            x, y = (int(value) for value in learnt.face.centre)
            if not any(person.covers(x, y) for person in engine.find(image)):
                note = "nobody is found around this face. If it is a statue, a doll or a drawing, forget it again"
                console.write_line(sys.stderr, f"{path}: {note} (eraser faces remove)")
    return tuple(faces)


def _known_name(store: FaceStore, written: str) -> str:
    from eraser.errors import UnknownNameError

    name = store.find(written)
    if name is None:
        raise UnknownNameError(store.unknown(written.strip()))
    return name


def _point(text: str, photos: Sequence[Path]) -> tuple[int, int]:
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() for part in parts):
        raise typer.BadParameter(f"{text!r} is no pixel: write X,Y such as 640,480", param_hint="--at")
    if len(photos) != 1:
        raise typer.BadParameter("it is a pixel of one photo: add that photo alone", param_hint="--at")
    return int(parts[0]), int(parts[1])
