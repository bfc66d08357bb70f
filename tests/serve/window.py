"""What a person does in the page."""

from pathlib import Path

PEOPLE = ((60, 60, 160, 260), (250, 100, 310, 260))
"""Of the photo in these tests, 400 x 300 pixels."""


def choose(page, *photos):
    files = [{"name": f"me{number}.png", "mimeType": "image/png", "buffer": data} for number, data in enumerate(photos)]
    page.set_input_files("#files", files)
    page.wait_for_selector("#edit:not([hidden])")


def at(page, x, y):
    """Where a pixel of the photo is on the screen."""
    box = page.locator("#canvas").bounding_box()
    scale = 0.97 * min(box["width"] / 400, box["height"] / 300)
    return (
        box["x"] + (box["width"] - 400 * scale) / 2 + x * scale,
        box["y"] + (box["height"] - 300 * scale) / 2 + y * scale,
    )


def until(page, expression):
    """Wait until a promise of the page is true; ``wait_for_function`` does not wait for promises."""
    for _ in range(200):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(expression)


def pressed(page):
    return [button.get_attribute("aria-pressed") for button in page.locator("#people button").all()]


def erase(page):
    page.click("#erase")
    page.wait_for_selector("#result:not([hidden])")


def download(page, button="#download"):
    with page.expect_download() as expected:
        page.click(button)
    return expected.value.suggested_filename, Path(expected.value.path()).read_bytes()
