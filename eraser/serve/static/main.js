// The page: what is shown, and what a click does.

import * as api from "./api.js";
import { listenToKeys } from "./keys.js";
import { $, alertOf, items, page, view } from "./page.js";
import { change, show, shown } from "./panel.js";
import { choose, original, size } from "./pointer.js";
import { Item, save } from "./session.js";
import { decoded, small } from "./small.js";
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

// --- work in hand, and what goes wrong; each photo has its own, so that another one can be shown meanwhile

async function busy(item, text, work) {
  item.work?.abort();
  const control = new AbortController();
  item.work = control;
  item.step = text;
  alertOf("");
  show();
  try {
    await work(control.signal);
  } catch (error) {
    if (error.status === 401) $("login").open || $("login").showModal();
    else if (error.name !== "AbortError") alertOf(error.message);
    return false;
  } finally {
    if (item.work === control) item.work = null;
    show();
  }
  return !control.signal.aborted;
}

// Photos are erased one after another: the server does so anyway, and browsers open few connections.
let turn = Promise.resolve();
function inTurn(work) {
  const mine = turn.then(work);
  turn = mine.catch(() => {});
  return mine;
}

// --- photos

async function add(files) {
  const added = [...files].map((file) => new Item(file));
  items.push(...added);
  for (const item of added) makeSmall(item);
  if (added.length && (!page.item || page.item.state === "done")) await open(added[0]);
  else show();
}

async function makeSmall(item) {
  const image = await decoded(item.file, { resizeHeight: 184, resizeQuality: "medium" });
  if (!image || item.small) return image?.close();
  item.small = small(image);
  image.close();
  show();
}

async function open(item) {
  page.item = item;
  page.stroke = null;
  $("split").value = 500;
  if (view.shown !== item) {
    replaceImage("before", null);
    replaceImage("after", null);
    view.shown = null;
  }
  if (["waiting", "failed"].includes(item.state) && !item.work) {
    item.state = "waiting";
    if (!item.before) preview(item);
    const went = await busy(item, "Looking for people", (signal) => item.look(signal));
    if (!went && item.state === "waiting") item.state = "failed";
  }
  if (page.item !== item) return show();
  await showImages();
}

// Show the photo while the server looks at it, if the browser can.
async function preview(item) {
  const image = await decoded(item.file);
  if (!image || page.item !== item || item.state !== "waiting") return image?.close();
  replaceImage("before", { blob: item.file, image });
  view.setSize([image.width, image.height]);
  show();
}

function replaceImage(name, image) {
  page.images[name]?.image.close();
  page.images[name] = image;
}

async function showImages() {
  const { item } = page;
  const isDone = item.state === "done";
  for (const [name, blob] of [["before", isDone ? item.first : item.before], ["after", isDone ? item.after : null]]) {
    if (blob && page.images[name]?.blob === blob) continue;
    const image = blob && (await createImageBitmap(blob));
    if (page.item !== item) return void image?.close();
    replaceImage(name, image && { blob, image });
  }
  const { before } = page.images;
  if (!item.small && before) item.small = small(before.image);
  if (item.size && view.shown !== item) {
    view.setSize(item.size);
    view.shown = item;
  }
  show();
}

async function erase(fromKeyboard) {
  const { item } = page;
  if (item?.work || item?.state !== "ready" || item.edits.isEmpty) return;
  const heard = (stage) => {
    item.step = STAGES[stage] ?? stage;
    show();
  };
  const went = await busy(item, "Waiting", (signal) => inTurn(() => item.erase(signal, heard)));
  if (page.item !== item) return;
  await showImages();
  if (!went) return;
  if (fromKeyboard) $("split").focus();
  else document.activeElement?.blur();
}

async function again(takesLeft) {
  const { item } = page;
  item.again();
  await open(item);
  if (takesLeft && item.state === "ready" && item.left.length) {
    item.edits.toggle(item.left);
    show();
  }
}

shown.open = open;

function next() {
  const item = items.find((each) => each.state === "waiting" && each !== page.item);
  if (item) open(item);
}

// --- buttons, keys, files

const click = (id, action) => $(id).addEventListener("click", action);
click("drop", () => $("files").click());
click("add", () => $("files").click());
click("zoom-in", () => view.zoom(1.4));
click("zoom-out", () => view.zoom(1 / 1.4));
click("zoom-fit", () => view.fit());
click("cancel", () => page.item?.work?.abort());
click("retry", () => open(page.item));
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
  $("split").value = 500;
  showImages();
});
click("zip", async () => {
  try {
    save(await zip(items.filter((each) => each.result).map((each) => each.result)), "erased.zip");
  } catch (error) {
    alertOf(error.message);
  }
});
for (const button of document.querySelectorAll("[data-word]")) {
  button.addEventListener("click", () => change((edits) => edits.choose(button.dataset.word)));
}
for (const button of document.querySelectorAll("[data-tool]")) button.addEventListener("click", () => choose(button.dataset.tool));
$("split").addEventListener("input", show);

// After a click by the pointer, Enter and Space are for the photo again, not for the button.
document.addEventListener("click", (event) => {
  if (event.detail && event.target.closest("button") && !event.target.closest("dialog")) document.activeElement.blur();
});

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
    if (key >= "1" && key <= "9" && Number(key) <= item.edits.count) return change((edits) => edits.toggle([Number(key)]));
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

// --- the way in

async function begin() {
  await api.health();
  page.names = await api.names();
  show();
}

async function enter(secret) {
  try {
    await api.login(secret);
    await begin();
    $("login").close();
    $("login-said").textContent = "";
    alertOf("");
    if (page.item?.state === "failed") open(page.item);
  } catch (error) {
    $("login-said").textContent = error.message;
    $("login").open || $("login").showModal();
  }
}
$("login-form").addEventListener("submit", (event) => {
  event.preventDefault();
  enter($("token").value);
});

if (!["localhost", "127.0.0.1", "[::1]"].includes(location.hostname)) {
  $("where").textContent = `They go to ${location.hostname} and nowhere else, and are forgotten after ten minutes.`;
}
const invitation = /^#invitation=(.+)$/.exec(location.hash)?.[1];
if (invitation) {
  history.replaceState(null, "", location.pathname);
  enter(decodeURIComponent(invitation));
} else {
  begin().catch((error) => (error.status === 401 ? $("login").showModal() : alertOf(error.message)));
}
show();
