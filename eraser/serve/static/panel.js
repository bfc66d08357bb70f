// The panel and the canvas as the state of the page wants them.

import { $, items, page, people, radius, view } from "./page.js";
import { portrait } from "./small.js";
import { showStrip } from "./strip.js";

// What a click or a hover on something shown here does; set by those who know.
export const shown = { open: () => {}, hover: () => {} };

const SAID = { people: "", brush: "Paint over what is to go.", eraser: "Paint over what is to stay." };

export function show() {
  const { item } = page;
  const state = item?.state ?? "empty";
  document.body.dataset.mode = state;
  $("wait").hidden = state !== "waiting" && state !== "failed";
  $("edit").hidden = state !== "ready";
  $("result").hidden = state !== "done";
  $("compare").hidden = state !== "done";
  $("busy").hidden = !item?.work;
  if ($("step").textContent !== (item?.step ?? "")) $("step").textContent = item?.step ?? "";
  showStrip((chosen) => shown.open(chosen));
  if (state === "ready") showEdit(item);
  if (state === "done") showResult(item);
  $("waiting").textContent = state === "failed" ? `${item.name} could not be opened.` : (item?.name ?? "");
  $("retry").hidden = state !== "failed";
  const said = { empty: "No photo yet", ready: `${item?.name}, ${people(item?.edits?.count)} found`, done: `${item?.name}, result` };
  $("canvas").setAttribute("aria-label", said[state] ?? item?.name ?? "");
  view.redraw();
}

function showEdit(item) {
  const { edits } = item;
  const { chosen, strokes } = edits.state;
  const found = edits.count ? `${people(edits.count)} found. Click who is to go.` : "Nobody found. Paint what is to go.";
  $("found").textContent = [found, ...item.notes].join(" ");
  const isNew = $("people").item !== item.overlay;
  if (isNew || $("people").image !== page.images.before) showPeople(item);
  if (isNew || $("names").names !== page.names) showNames(item);
  $("people").item = item.overlay;
  for (const button of $("people").children) press(button, chosen.includes(Number(button.dataset.number)));
  for (const button of $("names").children) press(button, button.numbers.length && button.numbers.every((each) => chosen.includes(each)));
  for (const button of document.querySelectorAll("[data-word]")) button.disabled = !edits.count;
  for (const button of document.querySelectorAll("[data-tool]")) press(button, button.dataset.tool === page.tool);
  $("tool-said").textContent = SAID[page.tool];
  $("tool-said").hidden = $("sizes").hidden = page.tool === "people";
  $("undo").disabled = !edits.past.length;
  $("redo").disabled = !edits.future.length;
  $("reset").disabled = !chosen.length && !strokes.length;
  $("erase").disabled = edits.isEmpty || Boolean(item.work);
  const isPainted = strokes.some((stroke) => stroke.adds);
  $("erase").textContent = isPainted ? "Erase what is marked" : chosen.length ? `Erase ${people(chosen.length)}` : "Erase";
  item.overlay.paint(strokes);
}

function press(button, isPressed) {
  button.setAttribute("aria-pressed", String(Boolean(isPressed)));
}

function showPeople(item) {
  const { before } = page.images;
  $("people").image = before;
  $("people").replaceChildren(...item.overlay.people.map((person) => personButton(person, before?.image)));
}

function personButton(person, image) {
  const { number, name } = person;
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.number = number;
  button.title = name ?? "";
  if (image) button.append(portrait(image, person));
  button.append(span("number", number));
  if (name) button.append(span("name", name));
  button.setAttribute("aria-label", `Person ${number}${name ? `, ${name},` : ""} goes`);
  button.addEventListener("click", () => change((edits) => edits.toggle([number])));
  for (const [on, hovered] of [["pointerenter", number], ["focus", number], ["pointerleave", null], ["blur", null]]) {
    button.addEventListener(on, () => shown.hover(hovered));
  }
  return button;
}

function span(kind, text) {
  const element = document.createElement("span");
  element.className = kind;
  element.textContent = text;
  return element;
}

// A button for each name that is known; it takes those whom the server is sure of.
function showNames(item) {
  $("names").names = page.names;
  const seen = item.overlay.people;
  const named = (names) => seen.filter((each) => names.includes(each.name)).map((each) => each.number);
  const entries = page.names.people.map((name) => [name, named([name])]);
  for (const [group, names] of Object.entries(page.names.groups)) entries.push([group, named(names)]);
  if (entries.length) {
    entries.push(["Strangers", seen.filter((each) => each.zone === "stranger").map((each) => each.number)]);
  }
  entries.sort((one, other) => Boolean(other[1].length) - Boolean(one[1].length));
  $("names").hidden = !entries.length;
  $("names").replaceChildren(
    ...entries.map(([name, numbers]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = name;
      button.numbers = numbers;
      button.disabled = !numbers.length;
      button.title = numbers.length ? "" : "not recognised in this photo";
      button.addEventListener("click", () => change((edits) => edits.toggle(numbers)));
      return button;
    }),
  );
}

function showResult(item) {
  const { gone, left, name } = item.result;
  $("said").textContent = gone ? `${people(gone)} ${gone === 1 ? "is" : "are"} gone` : "What you painted is gone";
  $("file").textContent = name;
  $("left").hidden = !left;
  $("left-said").textContent = `${people(left)} may still be seen.`;
  $("next").hidden = !items.some((each) => each.state === "waiting" && each !== item);
  const results = items.filter((each) => each.result).length;
  $("zip").hidden = results < 2;
  $("zip").textContent = `Download all ${results} (ZIP)`;
  const share = Number($("split").value) / 1000;
  $("split").setAttribute("aria-valuetext", `${Math.round(share * 100)} % before`);
}

// The slider's line and its labels lie within what is seen of the photo.
function placeLine(x) {
  const [left, top] = [Math.max(0, view.x), Math.max(0, view.y)];
  const right = Math.min(view.canvas.clientWidth, view.x + view.size[0] * view.scale);
  const bottom = Math.min(view.canvas.clientHeight, view.y + view.size[1] * view.scale);
  const { style } = $("compare");
  for (const [name, value] of Object.entries({ left, top, width: right - left, height: bottom - top })) style[name] = `${value}px`;
  const at = view.x + x * view.scale - left;
  $("line").style.left = `${at}px`;
  $("line").hidden = page.isOriginal;
  const [before, after] = document.querySelectorAll(".tag");
  before.hidden = at < 80;
  after.hidden = page.isOriginal || right - left - at < 70;
}

view.draw = (context, pixel) => {
  const { item, images } = page;
  const [width, height] = view.size;
  if (!item || !images.before) return;
  context.drawImage(images.before.image, 0, 0, width, height);
  if (item.state === "ready") {
    item.overlay.draw(context, pixel, item.edits.state.chosen, page.stroke);
    if (page.pointer && page.tool !== "people") item.overlay.ring(context, pixel, page.pointer, radius());
  } else if (item.state === "done" && images.after) {
    const x = (Number($("split").value) / 1000) * width;
    placeLine(x);
    if (page.isOriginal) return;
    context.save();
    context.beginPath();
    context.rect(x, 0, width - x, height);
    context.clip();
    context.drawImage(images.after.image, 0, 0, width, height);
    context.restore();
  }
};

export function change(edit) {
  const { item } = page;
  if (item?.state !== "ready" || item.work) return false;
  edit(item.edits);
  show();
  return true;
}
