// The page: what is shown, and what a click does.

import * as api from "./api.js";
import { listenToKeys } from "./keys.js";
import { $, alertOf, items, page, step, view } from "./page.js";
import { change, show, shown } from "./panel.js";
import { choose, original, size } from "./pointer.js";
import { Item, save } from "./session.js";
import { zip } from "./zip.js";

const STAGES = {
  "": "Waiting",
  start: "Starting",
  detect: "Looking for people",
  select: "Looking at faces",
  mask: "Making the hole",
  fill: "Filling the hole",
  composite: "Putting it into the photo",
  "look again": "Looking once more",
  encode: "Writing the file",
};

// --- work in hand, and what goes wrong

async function busy(text, work) {
  page.work?.abort();
  const control = new AbortController();
  page.work = control;
  step(text);
  $("busy").hidden = false;
  alertOf("");
  show();
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

shown.open = open;

function next() {
  const item = items.find((each) => each.state === "waiting");
  if (item) open(item);
}

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
