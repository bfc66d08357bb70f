"""Who is taken for whom: ``python tests/benchmarks/faces.py [--face-px 32] [--recognizer dlib] [--time]``.

Real photos of ten people, $ERASER_DATA/faces/same/pNN/*.jpg: each face against each other one, in zones; everybody
learnt from one photo and looked for in the others; portraits in $ERASER_DATA/people/images against all ten.
"""

from __future__ import annotations

import argparse
import itertools
import os
import time
from pathlib import Path

import numpy as np

from eraser.faces.choose import load_recognizer
from eraser.faces.match import recognize
from eraser.faces.search import FaceFound, embed, faces_of_people, faces_of_photo
from eraser.geometry import Box, Person
from eraser.photo import load

DATA = Path(os.environ["ERASER_DATA"])


def reduced(image, face, face_px):
    """The photo so small that the face has ``face_px``, and the face in it."""
    import cv2

    scale = face_px / face.side_px
    if scale >= 1:
        return image, face
    return cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), face.moved(scale, 0, 0)


def main_face(path, recognizer, face_px):
    """The largest face of a photo with its numbers; None without any."""
    image = load(path).image
    faces = faces_of_photo(image, recognizer)
    if not faces:
        return None
    small, face = reduced(image, faces[0], face_px) if face_px else (image, faces[0])
    return FaceFound(face, embed(small, face, recognizer))


def zone_of(value, zones):
    return "same" if value >= zones.same else "unsure" if value >= zones.unsure else "stranger"


def pairs(found, recognizer):
    """The table of all pairs; found: (person, photo) -> FaceFound."""
    counts = {kind: dict.fromkeys(("same", "unsure", "stranger"), 0) for kind in ("one person", "two people")}
    values = {"one person": [], "two people": []}
    for (one, a), (other, b) in itertools.combinations(found.items(), 2):
        value = float(recognizer.similarities(a.numbers[None], b.numbers)[0])
        kind = "one person" if one[0] == other[0] else "two people"
        counts[kind][zone_of(value, recognizer.zones)] += 1
        values[kind].append((value, "/".join(one), "/".join(other)))
    print("| pairs of | same | unsure | stranger | all | lowest | highest |\n|---|---|---|---|---|---|---|")
    for kind, row in counts.items():
        low, high = min(values[kind]), max(values[kind])
        print(
            f"| {kind} | {row['same']} | {row['unsure']} | {row['stranger']} | {sum(row.values())} "
            f"| {low[0]:.2f} ({low[1]}, {low[2]}) | {high[0]:.2f} ({high[1]}, {high[2]}) |"
        )


def enrolled(found, recognizer, photos):
    """Everybody learnt from ``photos`` photos, looked for in the others, each alone in the photo."""
    people = sorted({person for person, _ in found})
    zones = {"same": 0, "unsure": 0, "stranger": 0}
    wrong = total = 0
    for shift in range(9):
        known, rest = {}, []
        for person in people:
            own = [face for (who, _), face in sorted(found.items()) if who == person]
            if len(own) <= photos or shift >= len(own):
                continue
            own = own[shift:] + own[:shift]
            known[person] = np.array([face.numbers for face in own[:photos]])
            rest += [(person, face) for face in own[photos:]]
        for person, face in rest:
            [who] = recognize([[face]], known, recognizer)
            total += 1
            wrong += who.zone == "same" and who.name != person
            zones["unsure" if who.zone == "unsure" and who.candidate != person else who.zone] += 1
    print(
        f"learnt from {photos}: "
        + ", ".join(f"{zone} {n / total:.1%}" for zone, n in zones.items())
        + f"; taken for somebody else: {wrong} of {total}"
    )


def strangers(found, recognizer, most):
    known = {}
    for (person, _), face in found.items():
        known.setdefault(person, []).append(face.numbers)
    known = {person: np.array(numbers) for person, numbers in known.items()}
    paths = sorted(
        path for kind in ("hsd_*", "ccp_*") for path in sorted((DATA / "people/images").glob(kind))[: most // 2]
    )
    zones, top, seen = dict.fromkeys(("same", "unsure", "stranger"), 0), [], 0
    for path in paths:
        image = load(path).image
        faces = [FaceFound(face, embed(image, face, recognizer)) for face in faces_of_photo(image, recognizer)]
        seen += bool(faces)
        for face, who in zip(faces, recognize([[face] for face in faces], known, recognizer), strict=True):
            zones[who.zone] += 1
            top.append((max(who.similarities.values()), path.name, round(face.face.side_px)))
    print(f"strangers: {len(paths)} photos, {seen} with a face; {zones}; most alike {sorted(top, reverse=True)[:6]}")


def timed(recognizer):
    """Five people in 12 megapixels: real faces pasted on a plain photo."""
    image = np.full((3000, 4000, 3), 120, np.uint8)
    people = []
    import cv2

    for index, path in enumerate(sorted((DATA / "faces/same").glob("*/1.jpg"))[:5]):
        picture = load(path).image
        scale = 1400 / picture.shape[0]
        picture = cv2.resize(picture, None, fx=scale, fy=scale)[:1400]
        left = max(0, (picture.shape[1] - 760) // 2)
        picture = picture[:, left : left + 760]
        x = 20 + index * 790
        image[800 : 800 + picture.shape[0], x : x + picture.shape[1]] = picture
        people.append(Person(Box(x, 800, x + picture.shape[1], 2200), np.ones((1400, picture.shape[1]), bool)))
    seconds = []
    for _ in range(6):
        begin = time.perf_counter()
        faces = faces_of_people(image, people, recognizer)
        seconds.append(time.perf_counter() - begin)
    print(
        f"12 megapixels, {len(people)} people, {sum(map(bool, faces))} with a face: median "
        f"{np.median(seconds[1:]):.2f} s, first {seconds[0]:.2f} s"
    )


def sface_of_that_size(detector, folder):
    """YuNet, and a generated network of 9.7 million numbers in SFace's form: its time, not its sense."""
    import onnx
    from onnx import helper, numpy_helper

    from eraser.faces.sface import load_files

    rng = np.random.default_rng(0)
    nodes, tensors, last, deep = [], [], "data", 3
    for index, (width, stride, groups) in enumerate(
        [(64, 2, 1), (64, 1, 64), (128, 1, 1), (128, 2, 128), (256, 1, 1), (256, 1, 1), (256, 2, 256), (512, 1, 1)]
        + [(512, 1, 512), (512, 1, 1)] * 8
        + [(512, 2, 512), (1024, 1, 1)]
    ):
        side = 1 if groups == 1 and index else 3
        tensors.append(
            numpy_helper.from_array(rng.normal(size=(width, deep // groups, side, side)).astype("f4"), f"w{index}")
        )
        nodes.append(
            helper.make_node(
                "Conv", [last, f"w{index}"], [f"c{index}"], strides=[stride] * 2, pads=[side // 2] * 4, group=groups
            )
        )
        nodes.append(helper.make_node("Relu", [f"c{index}"], [f"r{index}"]))
        last, deep = f"r{index}", width
    tensors.append(numpy_helper.from_array(rng.normal(size=(1024 * 49, 128)).astype("f4"), "last"))
    nodes += [helper.make_node("Flatten", [last], ["flat"]), helper.make_node("Gemm", ["flat", "last"], ["fc1"])]
    form = helper.make_tensor_value_info
    graph = helper.make_graph(nodes, "net", [form("data", 1, [1, 3, 112, 112])], [form("fc1", 1, [1, 128])], tensors)
    file = Path(folder, "net.onnx")
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=8), file)
    print(f"the generated network has {file.stat().st_size / 1e6:.1f} MB")
    return load_files(Path(detector), file)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recognizer", default="dlib")
    parser.add_argument("--face-px", type=int, help="reduce photos until faces have so many pixels")
    parser.add_argument("--strangers", type=int, default=200)
    parser.add_argument("--time", action="store_true")
    parser.add_argument("--yunet", help="with --time: YuNet's ONNX file; times it with a network of SFace's size")
    args = parser.parse_args()
    if args.yunet:
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            timed(sface_of_that_size(args.yunet, folder))
        return
    recognizer = load_recognizer(args.recognizer)
    if args.time:
        timed(recognizer)
        return
    found, missed = {}, []
    for path in sorted((DATA / "faces/same").glob("*/*.jpg")):
        face = main_face(path, recognizer, args.face_px)
        if face is None:
            missed.append(str(path.relative_to(DATA)))
        else:
            found[path.parent.name, path.stem] = face
    print(f"{recognizer.name}, {recognizer.zones}: {len(found)} faces, none seen in {missed}")
    pairs(found, recognizer)
    for photos in (1, 3):
        enrolled(found, recognizer, photos)
    if args.strangers:
        strangers(found, recognizer, args.strangers)


if __name__ == "__main__":
    main()
