// What the pointer does in the photo: click people, paint, slide; and to hold for the original.

import { $, page, radius, view } from "./page.js";
import { change, show, shown } from "./panel.js";
import { listen } from "./view.js";

export function hover(number) {
  const { item } = page;
  if (item?.state !== "ready" || item.overlay.hovered === number) return;
  item.overlay.hovered = number;
  view.redraw();
  item.hover(number).then(() => view.redraw());
}

export function choose(tool) {
  page.tool = tool;
  $("canvas").dataset.tool = tool;
  show();
}

export function size(by) {
  $("size").value = Number($("size").value) + by;
  view.redraw();
}

function slide([x]) {
  $("split").value = Math.round((1000 * x) / view.size[0]);
  show();
}

let pressed = null;
listen(view, {
  press(point, event) {
    const { item } = page;
    pressed = { at: [event.clientX, event.clientY], moved: false };
    if (item?.state === "done") slide(point);
    else if (item?.state === "ready" && page.tool !== "people") {
      page.stroke = { points: [point], radius: radius(), adds: page.tool === "brush" };
      view.redraw();
    }
  },
  move(point, event) {
    const { item } = page;
    page.pointer = point;
    const far = Math.hypot(event.clientX - pressed.at[0], event.clientY - pressed.at[1]);
    pressed.moved ||= far > 6;
    if (item?.state === "done") return slide(point);
    if (page.stroke) {
      page.stroke.points.push(point);
      view.redraw();
      return null;
    }
    return pressed.moved ? "pan" : null;
  },
  release(point) {
    const { item } = page;
    if (page.stroke) {
      const { stroke } = page;
      page.stroke = null;
      change((edits) => edits.paint(stroke));
    } else if (item?.state === "ready" && !pressed.moved) {
      const number = item.overlay.under(view.context, point);
      if (number) change((edits) => edits.toggle([number]));
    }
  },
  cancel() {
    page.stroke = null;
  },
  hover(point) {
    const { item } = page;
    page.pointer = point;
    if (item?.state !== "ready") return;
    if (page.tool !== "people") view.redraw();
    hover(point && page.tool === "people" ? item.overlay.under(view.context, point) : null);
    $("canvas").style.cursor = page.tool !== "people" ? "none" : item.overlay.hovered ? "pointer" : "";
  },
});

export function original(isShown) {
  if (page.item?.state !== "done") return false;
  page.isOriginal = isShown;
  view.redraw();
  return true;
}
$("original").addEventListener("pointerdown", () => original(true));
for (const end of ["pointerup", "pointerleave", "pointercancel", "blur"]) $("original").addEventListener(end, () => original(false));
$("original").addEventListener("keydown", (event) => event.key === " " && original(true));
$("original").addEventListener("keyup", () => original(false));

shown.hover = hover;
