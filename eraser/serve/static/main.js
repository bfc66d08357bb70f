// The page: what is shown, and what a click does.

import * as api from "./api.js";
import { listenToKeys } from "./keys.js";
import { Item, save } from "./session.js";
import { View, listen } from "./view.js";
import { zip } from "./zip.js";

const $ = (id) => document.getElementById(id);
const view = new View($("canvas"));
const items = [];
const STAGES = {
  "": "Waiting",
  start: "Starting",
  detect: "Looking for people",
  mask: "Making the hole",
  fill: "Filling the hole",
  composite: "Putting it into the photo",
  "look again": "Looking once more",
  encode: "Writing the file",
};
const page = { item: null, tool: "people", stroke: null, work: null, isOriginal: false, images: {} };

// --- work in hand, and what goes wrong

function alertOf(text) {
  $("alert").textContent = text;
  $("alert").hidden = !text;
  clearTimeout(alertOf.timer);
  if (text) alertOf.timer = setTimeout(() => alertOf(""), 12_000);
}

function step(text) {
  if ($("step").textContent !== text) $("step").textContent = text;
}

async function busy(text, work) {
  page.work?.abort();
  const control = new AbortController();
  page.work = control;
  step(text);
  $("busy").hidden = false;
  alertOf("");
  try {
    await work(control.signal);
  } catch (error) {
    if (error.status === 401) $("login").showModal();
    else if (error.name !== "AbortError") alertOf(error.message);
    return false;
  } finally {
    if (page.work === control) {
      page.work = null;
      $("busy").hidden = true;
    }
    show();
  }
  return !control.signal.aborted;
}

// --- photos

async function add(files) {
  const added = [...files].map((file) => new Item(file));
  items.push(...added);
  if (added.length && (!page.item || page.item.state === "done")) await open(added[0]);
  else show();
}

async function open(item) {
  page.item = item;
  page.stroke = null;
  if (item.state === "waiting" || item.state === "failed") {
    item.state = "waiting";
    show();
    const went = await busy("Looking for people", (signal) => item.look(signal));
    if (!went && item.state === "waiting") item.state = "failed";
  }
  if (page.item !== item) return;
  await showImages();
}

async function showImages() {
  const { item } = page;
  const blobs = { before: item.state === "done" ? item.first : item.before, after: item.state === "done" ? item.after : null };
  for (const [name, blob] of Object.entries(blobs)) {
    const known = page.images[name];
    if (known?.blob === blob) continue;
    known?.image.close();
    page.images[name] = null;
    if (!blob) continue;
    const image = await createImageBitmap(blob);
    if (page.item !== item) return void image.close();
    page.images[name] = { blob, image };
  }
  if (item.size && view.shown !== item) {
    view.setSize(item.size);
    view.shown = item;
  }
  show();
}

async function erase(fromKeyboard) {
  const { item } = page;
  if (page.work || item?.state !== "ready" || item.edits.isEmpty) return;
  const went = await busy("Starting", (signal) => item.erase(signal, (stage) => step(STAGES[stage] ?? stage)));
  if (!went || page.item !== item) return;
  $("split").value = 500;
  await showImages();
  if (fromKeyboard) $("split").focus();
  else document.activeElement?.blur();
}

async function again(everybody) {
  const { item } = page;
  item.again();
  await open(item);
  if (everybody && item.state === "ready") {
    item.edits.choose("all");
    show();
  }
}

function next() {
  const item = items.find((each) => each.state === "waiting");
  if (item) open(item);
}

// --- what is shown

function show() {
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
      button.addEventListener("click", () => open(item));
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
  button.addEventListener("click", () => change(() => item.edits.toggle(number)));
  for (const [on, hovered] of [["pointerenter", number], ["focus", number], ["pointerleave", null], ["blur", null]]) {
    button.addEventListener(on, () => hover(hovered));
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

// --- edits

function change(edit) {
  if (page.item?.state !== "ready" || page.work) return false;
  edit(page.item.edits);
  show();
  return true;
}

function hover(number) {
  const { item } = page;
  if (item?.state !== "ready" || item.overlay.hovered === number) return;
  item.overlay.hovered = number;
  view.redraw();
  item.hover(number).then(() => view.redraw());
}

function choose(tool) {
  page.tool = tool;
  $("canvas").dataset.tool = tool;
  show();
}

function size(by) {
  $("size").value = Number($("size").value) + by;
}

function radius() {
  // From 0.2 % to 10 % of the photo's longer side.
  return Math.max(0.5, (Math.max(...view.size) * 0.002 * 50 ** (Number($("size").value) / 100)) / 1);
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
      if (number) change((edits) => edits.toggle(number));
    }
  },
  cancel() {
    page.stroke = null;
  },
  hover(point) {
    const { item } = page;
    if (item?.state !== "ready") return;
    hover(point && page.tool === "people" ? item.overlay.under(view.context, point) : null);
    $("canvas").style.cursor = page.tool !== "people" ? "crosshair" : item.overlay.hovered ? "pointer" : "";
  },
});

// --- buttons, keys, files

const click = (id, action) => $(id).addEventListener("click", action);
click("drop", () => $("files").click());
click("add", () => $("files").click());
click("zoom-in", () => view.zoom(1.4));
click("zoom-out", () => view.zoom(1 / 1.4));
click("zoom-fit", () => view.fit());
click("cancel", () => page.work?.abort());
click("undo", () => change((edits) => edits.undo()));
click("redo", () => change((edits) => edits.redo()));
click("reset", () => change((edits) => edits.reset()) && view.fit());
click("erase", (event) => erase(event.detail === 0));
click("download", () => save(page.item.result.blob, page.item.result.name));
click("next", next);
click("pass", () => again(false));
click("again", () => again(true));
click("help", () => $("keys").showModal());
click("back", () => {
  page.item.state = "ready";
  showImages();
});
click("zip", async () => {
  save(await zip(items.filter((each) => each.result).map((each) => each.result)), "erased.zip");
});
for (const button of document.querySelectorAll("[data-word]")) {
  button.addEventListener("click", () => change((edits) => edits.choose(button.dataset.word)));
}
for (const button of document.querySelectorAll("[data-tool]")) button.addEventListener("click", () => choose(button.dataset.tool));
$("split").addEventListener("input", show);

function original(isShown) {
  if (page.item?.state !== "done") return false;
  page.isOriginal = isShown;
  view.redraw();
  return true;
}
$("original").addEventListener("pointerdown", () => original(true));
for (const end of ["pointerup", "pointerleave", "pointercancel", "blur"]) $("original").addEventListener(end, () => original(false));
$("original").addEventListener("keydown", (event) => event.key === " " && original(true));
$("original").addEventListener("keyup", () => original(false));

const WORDS = { a: "all", m: "main", o: "others", n: "none" };
const TOOLS = { v: "people", b: "brush", e: "eraser" };
const PANS = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
listenToKeys({
  original,
  control: (action) => change((edits) => edits[action]()),
  key(key) {
    const { item } = page;
    if (!item) return false;
    if (key === "+" || key === "=") return view.zoom(1.4), true;
    if (key === "-") return view.zoom(1 / 1.4), true;
    if (key === "0") return view.fit(), true;
    if (item.state === "done") {
      if (key === "ArrowLeft" || key === "ArrowRight") {
        $("split").value = Number($("split").value) + (key === "ArrowLeft" ? -25 : 25);
        return show(), true;
      }
      if (key === "d") return $("download").click(), true;
      if (key === "Escape") return $("back").click(), true;
      return false;
    }
    if (PANS[key]) return view.pan(...PANS[key]), true;
    if (item.state !== "ready") return false;
    if (WORDS[key]) return change((edits) => edits.choose(WORDS[key]));
    if (TOOLS[key]) return choose(TOOLS[key]), true;
    if (key === "[" || key === "]") return size(key === "[" ? -5 : 5), true;
    if (key === "Enter") return erase(true), true;
    if (key >= "1" && key <= "9" && Number(key) <= item.edits.count) return change((edits) => edits.toggle(Number(key)));
    return false;
  },
});

$("files").addEventListener("change", () => {
  add($("files").files);
  $("files").value = "";
});
document.addEventListener("paste", (event) => event.clipboardData.files.length && add(event.clipboardData.files));
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("over");
});
document.addEventListener("dragleave", (event) => event.relatedTarget || document.body.classList.remove("over"));
document.addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("over");
  add(event.dataTransfer.files);
});

async function enter(token) {
  try {
    await api.login(token);
    await api.health();
    $("login").close();
    alertOf("");
    if (page.item?.state === "failed") open(page.item);
  } catch (error) {
    alertOf(error.message);
    $("login").open || $("login").showModal();
  }
}
$("login-form").addEventListener("submit", (event) => {
  event.preventDefault();
  enter($("token").value);
});

const token = /^#token=(.+)$/.exec(location.hash)?.[1];
if (token) {
  history.replaceState(null, "", location.pathname);
  enter(decodeURIComponent(token));
} else {
  api.health().catch((error) => error.status === 401 && $("login").showModal());
}
show();
