// What the modules of this page share.

import { View } from "./view.js";

export const $ = (id) => document.getElementById(id);
export const view = new View($("canvas"));
export const items = [];
// images: what is shown before and after, decoded; stroke: what is being painted; work: what can be cancelled
export const page = { item: null, tool: "people", stroke: null, work: null, isOriginal: false, images: {} };

export function alertOf(text) {
  $("alert").textContent = text;
  $("alert").hidden = !text;
  clearTimeout(alertOf.timer);
  if (text) alertOf.timer = setTimeout(() => alertOf(""), 12_000);
}

export function step(text) {
  if ($("step").textContent !== text) $("step").textContent = text;
}
