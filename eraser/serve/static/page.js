// What the modules of this page share.

import { View } from "./view.js";

export const $ = (id) => document.getElementById(id);
export const view = new View($("canvas"));
export const items = [];
// images: what is shown before and after, decoded; stroke: what is being painted; pointer: where the brush is;
// names: who can be named
export const page = {
  item: null,
  tool: "people",
  stroke: null,
  pointer: null,
  isOriginal: false,
  images: {},
  names: { people: [], groups: {} },
};

export function alertOf(text) {
  $("alert").textContent = text;
  $("alert").hidden = !text;
  clearTimeout(alertOf.timer);
  if (text) alertOf.timer = setTimeout(() => alertOf(""), 12_000);
}

// Of the brush: from 0.2 % to 10 % of the photo's longer side.
export function radius() {
  return Math.max(0.5, Math.max(...view.size) * 0.002 * 50 ** (Number($("size").value) / 100));
}

export function people(count) {
  return count === 1 ? "1 person" : `${count} people`;
}
