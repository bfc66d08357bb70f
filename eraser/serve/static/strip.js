// The strip of photos: a small picture of each, and how far it is.

import { $, items, page } from "./page.js";

const MARKS = { done: "\u2713", failed: "!" };
const SAID = { waiting: "", ready: "people found", done: "done", failed: "could not be opened" };

// open: called with the photo that is clicked.
export function showStrip(open) {
  const strip = $("strip");
  if (strip.childElementCount !== items.length) strip.replaceChildren(...items.map((item) => (item.entry ??= entryOf(item, open))));
  for (const item of items) {
    const button = item.entry.firstChild;
    const [picture, mark] = button.children;
    const kind = item.work ? "work" : item.state;
    button.setAttribute("aria-current", String(item === page.item));
    button.setAttribute("aria-label", [item.name, item.work ? item.step : SAID[item.state]].filter(Boolean).join(", "));
    mark.className = `mark ${kind}`;
    mark.textContent = item.work ? "\u2026" : (MARKS[item.state] ?? "");
    if (item.small && picture !== item.small) picture.replaceWith(item.small);
  }
}

function entryOf(item, open) {
  const button = document.createElement("button");
  button.type = "button";
  button.title = item.name;
  const text = document.createElement("span");
  text.textContent = item.name.split(".").pop().slice(0, 5).toUpperCase();
  button.append(text, document.createElement("span"));
  button.addEventListener("click", () => open(item));
  const entry = document.createElement("li");
  entry.append(button);
  return entry;
}
