"""The page around the photos of a review: style, script, and a policy that forbids to load anything."""

from __future__ import annotations

import base64
import hashlib

_STYLE = """
:root { color-scheme: light dark; font: 15px/1.4 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 1400px; padding: 0 1rem 4rem; }
header { position: sticky; top: 0; z-index: 2; padding: .5rem 0; background: Canvas;
  border-bottom: 1px solid GrayText; }
header h1 { display: inline; font-size: 1.1rem; margin-right: 1rem; }
header button { font: inherit; margin: 0 .3rem .2rem 0; }
header button[aria-pressed="true"] { font-weight: bold; outline: 2px solid Highlight; }
header p { margin: .3rem 0 0; opacity: .75; }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(420px, 100%), 1fr)); gap: 1.2rem; }
main { margin-top: 1rem; }
article { content-visibility: auto; contain-intrinsic-size: auto 380px; scroll-margin-top: 6rem; }
article[hidden] { display: none; }
article h2 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; font-weight: normal; }
article p { margin: .1rem 0 .3rem; opacity: .75; }
article span { padding: 0 .5em; border-radius: 1em; border: 1px solid currentColor; white-space: nowrap; }
span.failed, span.leftover { background: #b3122e; color: #fff; }
span.unchanged, span.copied, span.unsure { background: #8a6d00; color: #fff; }
.pair { position: relative; --x: 50%; line-height: 0; }
.pair img { width: 100%; height: auto; }
.pair .after, .pair .mask { position: absolute; inset: 0; }
.pair .after { clip-path: inset(0 0 0 var(--x)); }
.pair::after { content: ""; position: absolute; top: 0; bottom: 0; left: var(--x); width: 2px; margin-left: -1px;
  background: #fff; box-shadow: 0 0 3px #000; pointer-events: none; }
.pair:not(:has(.after))::after { display: none; }
.pair .mask { display: none; pointer-events: none; }
.masks .pair .mask { display: block; }
.pair input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: ew-resize; }
.pair:focus-within { outline: 3px solid Highlight; }
"""

_SCRIPT = """
const cards = [...document.querySelectorAll("article")];
const words = { erased: "erased", unchanged: "nobody found", copied: "copied", skipped: "left alone",
  failed: "failed", leftover: "somebody still there", unsure: "not sure who" };
let shown = cards, at = -1;
function show(kind, pressed) {
  shown = cards.filter(card => !kind || card.dataset.marks.split(" ").includes(kind));
  for (const card of cards) card.hidden = !shown.includes(card);
  for (const button of document.querySelectorAll("button[data-kind]"))
    button.setAttribute("aria-pressed", String(button === pressed));
  at = -1;
}
function addFilter(kind, text) {
  const button = document.createElement("button");
  button.dataset.kind = kind; button.textContent = text;
  button.addEventListener("click", () => show(kind, button));
  document.querySelector("nav").append(button);
  return button;
}
const all = addFilter("", `all ${cards.length}`);
for (const kind in words) {
  const count = cards.filter(card => card.dataset.marks.split(" ").includes(kind)).length;
  if (count) addFilter(kind, `${words[kind]} ${count}`);
}
show("", all);
function slide(input) { input.parentElement.style.setProperty("--x", input.value + "%"); }
function go(step) {
  at = Math.min(Math.max(at + step, 0), shown.length - 1);
  const card = shown[at];
  if (!card) return;
  card.scrollIntoView({ block: "center" });
  const target = card.querySelector("input") || card.querySelector("a");
  target.focus({ preventScroll: true });
}
document.addEventListener("input", event => { if (event.target.type === "range") slide(event.target); });
document.addEventListener("focusin", event => {
  const index = shown.indexOf(event.target.closest("article"));
  if (index >= 0) at = index;
});
document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const input = document.activeElement;
  if (event.key === "j") go(1);
  else if (event.key === "k") go(-1);
  else if (event.key === "m") document.body.classList.toggle("masks");
  else if (event.key === " " && input && input.type === "range") {
    input.value = input.value > 0 ? 0 : 100; slide(input); event.preventDefault();
  }
});
document.getElementById("masks").addEventListener("click", () => document.body.classList.toggle("masks"));
"""

FOOT = f"</main>\n<script>{_SCRIPT}</script>\n</body>\n</html>\n"
"""The end of the page. The script stands after all photos."""


def head() -> str:
    """The beginning of the page. Only this script and this style are allowed, whatever the names of files contain."""
    policy = (
        f"default-src 'none'; img-src data:; style-src '{_hash(_STYLE)}'; script-src '{_hash(_SCRIPT)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width">\n<title>erase-me: before and after</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<header><h1>Before and after</h1>"
        '<button id="masks">show what was replaced (m)</button><nav></nav>'
        "<p>Drag over a photo, or use the arrow keys. j and k: next and previous photo. Space: all before, all after."
        "</p></header>\n<main>\n"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}"
