// The panel, the strip of photos and the canvas as the state of the page wants them.

import { $, items, page, view } from "./page.js";

// What a click on something shown here does; set by those who know.
export const shown = { open: () => {}, hover: () => {} };

export function show() {
  const { item } = page;
  const state = item?.state ?? "empty";
  document.body.dataset.mode = state === "empty" ? "empty" : state;
  $("edit").hidden = state !== "ready";
  $("result").hidden = state !== "done";
  $("compare").hidden = state !== "done";
  $("zip").hidden = items.filter((each) => each.result).length < 2;
  showStrip();
  if (state === "ready") showEdit(item);
  if (state === "done") showResult(item);
  const said = { empty: "No photo yet", ready: `${item?.name}, ${item?.edits?.count} people found`, done: `${item?.name}, result` };
  $("canvas").setAttribute("aria-label", said[state] ?? item?.name ?? "");
  view.redraw();
}

function showStrip() {
  const marks = { done: "\u2713 ", failed: "! " };
  $("strip").replaceChildren(
    ...items.map((item) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = (marks[item.state] ?? "") + item.name;
      button.title = item.name;
      button.setAttribute("aria-current", String(item === page.item));
      button.addEventListener("click", () => shown.open(item));
      const entry = document.createElement("li");
      entry.append(button);
      return entry;
    }),
  );
}

function showEdit(item) {
  const { edits } = item;
  const found = edits.count === 1 ? "1 person found." : `${edits.count || "No"} people found.`;
  $("found").textContent = [edits.count ? `${found} Click who is to go.` : `${found} Paint what is to go.`, ...item.notes].join(" ");
  if ($("people").childElementCount !== edits.count || $("people").item !== item.overlay) {
    $("people").item = item.overlay;
    $("people").replaceChildren(...item.overlay.people.map((person) => personButton(item, person)));
  }
  for (const button of $("people").children) {
    button.setAttribute("aria-pressed", String(edits.state.chosen.includes(Number(button.dataset.number))));
  }
  for (const button of document.querySelectorAll("[data-word]")) button.disabled = !edits.count;
  for (const button of document.querySelectorAll("[data-tool]")) {
    button.setAttribute("aria-pressed", String(button.dataset.tool === page.tool));
  }
  $("undo").disabled = !edits.past.length;
  $("redo").disabled = !edits.future.length;
  $("erase").disabled = edits.isEmpty || Boolean(page.work);
  item.overlay.paint(edits.state.strokes);
}

function personButton(item, { number, name }) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.number = number;
  button.textContent = name ? `${number} ${name}` : number;
  button.setAttribute("aria-label", `Person ${number}${name ? `, ${name},` : ""} goes`);
  button.addEventListener("click", () => change((edits) => edits.toggle(number)));
  for (const [on, hovered] of [["pointerenter", number], ["focus", number], ["pointerleave", null], ["blur", null]]) {
    button.addEventListener(on, () => shown.hover(hovered));
  }
  return button;
}

function showResult(item) {
  const { gone, left, name } = item.result;
  const who = gone === 1 ? "1 person is gone." : `${gone} people are gone.`;
  $("said").textContent = `${gone ? who : "What you painted is gone."} ${name}`;
  $("left").hidden = !left;
  $("left-said").textContent = `${left === 1 ? "1 person" : `${left} people`} may still be seen.`;
  $("next").disabled = !items.some((each) => each.state === "waiting");
  const share = Number($("split").value) / 1000;
  $("split").setAttribute("aria-valuetext", `${Math.round(share * 100)} % before`);
}

view.draw = (context, pixel) => {
  const { item, images } = page;
  const [width, height] = view.size;
  if (!item || !images.before) return;
  context.drawImage(images.before.image, 0, 0, width, height);
  if (item.state === "ready") {
    item.overlay.draw(context, pixel, item.edits.state.chosen, page.stroke);
  } else if (item.state === "done" && images.after && !page.isOriginal) {
    const x = (Number($("split").value) / 1000) * width;
    context.save();
    context.beginPath();
    context.rect(x, 0, width - x, height);
    context.clip();
    context.drawImage(images.after.image, 0, 0, width, height);
    context.restore();
    $("line").style.left = `${view.x + x * view.scale}px`;
  }
  $("line").hidden = page.isOriginal;
};

export function change(edit) {
  if (page.item?.state !== "ready" || page.work) return false;
  edit(page.item.edits);
  show();
  return true;
}
