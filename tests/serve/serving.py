"""A server in a thread, and small photos."""

import contextlib
import io
import threading

import numpy as np
from PIL import Image

from eraser.serve.app import create_app
from eraser.serve.server import listen, make_server

REDS = """
import cv2
import numpy as np
from eraser import Person

def load_masker(context):
    def reds(image):
        red = (image[..., 0] > 200) & (image[..., 1] < 60) & (image[..., 2] < 60)
        count, labels = cv2.connectedComponents(red.astype(np.uint8))
        return [Person.from_mask(labels == label) for label in range(1, count) if (labels == label).sum() > 50]
    return reds
"""


def draw(*boxes, size_wh=(120, 80)):
    """Grey noise with red rectangles (x0, y0, x1, y1)."""
    pixels = np.random.default_rng(5).integers(90, 130, (size_wh[1], size_wh[0], 3), np.uint8)
    for x0, y0, x1, y1 in boxes:
        pixels[y0:y1, x0:x1] = (230, 20, 20)
    return pixels


def encode(pixels, kind="PNG"):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


def decode(data):
    return np.array(Image.open(io.BytesIO(data)).convert("RGB"))


@contextlib.contextmanager
def running(compute, config, *, warm_up=False):
    """A server in a thread; ends as by SIGTERM."""
    ready = threading.Event()
    listener = listen(config)
    app = create_app(config, compute, warm_up=warm_up)
    server = make_server(app, ready.set)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    assert ready.wait(20)
    server.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.service, server.invitation = app.state.service, app.state.invitation
    try:
        yield server
    finally:
        server.handle_exit(15, None)
        thread.join(30)
        assert not thread.is_alive()
