// The photos of this page, and the requests about them.

import * as api from "./api.js";
import { Edits, strokesAsMask } from "./edits.js";
import { Overlay } from "./overlay.js";

const SHOWN = ["image/jpeg", "image/png", "image/webp"];
const boxes = (people) => people.map((person) => person.box).join();

// The common part of two boxes, as a share of both.
function overlap([ax0, ay0, ax1, ay1], [bx0, by0, bx1, by1]) {
  const common = Math.max(0, Math.min(ax1, bx1) - Math.max(ax0, bx0)) * Math.max(0, Math.min(ay1, by1) - Math.max(ay0, by0));
  return common / ((ax1 - ax0) * (ay1 - ay0) + (bx1 - bx0) * (by1 - by0) - common);
}

export class Item {
  constructor(file) {
    this.file = file; // what the pass begins with
    this.name = file.name;
    this.state = "waiting"; // waiting, ready, done, failed
    this.work = null; // what can be cancelled
    this.step = ""; // what is being done
    this.small = null; // a small picture, once there is one
    this.photo = null; // its handle
    this.first = null; // pictures as blobs that every browser shows: before everything, before this pass, after it
    this.before = null;
    this.after = null;
    this.result = null;
  }

  // The photo and its people. The server may have forgotten it: then it is sent again.
  async people(signal) {
    if (this.photo) {
      try {
        return await api.people({ photo: this.photo }, signal);
      } catch (error) {
        if (error.code !== "unknown_photo") throw error;
      }
    }
    return api.people({ file: this.file }, signal);
  }

  async look(signal) {
    this.found(await this.people(signal));
    this.before ??= await api.view(this.photo, signal);
    this.first ??= this.before;
    this.state = "ready";
  }

  found({ photo, size, notes, people }) {
    this.photo = photo;
    this.size = size;
    this.notes = notes;
    this.edits = new Edits(people.length);
    this.overlay = new Overlay(people, size);
  }

  async erase(signal, heard) {
    const { strokes, chosen } = this.edits.state;
    const mask = await strokesAsMask(strokes, this.size, true);
    const keep = await strokesAsMask(strokes, this.size, false);
    const fields = {};
    if (mask) fields.mask = mask;
    if (keep) fields.keep_mask = keep;
    if (chosen.length) fields.who = this.edits.who;
    if (chosen.length && mask) fields.add_mask = "true";
    try {
      this.result = await this.ask(fields, signal, heard);
    } catch (error) {
      if (error.code !== "unknown_photo") throw error;
      const again = await this.people(signal);
      if (boxes(again.people) !== boxes(this.overlay.people)) {
        this.found(again);
        throw new Error("The server had forgotten this photo: please choose once more who goes.");
      }
      this.photo = again.photo;
      this.result = await this.ask(fields, signal, heard);
    }
    const { blob } = this.result;
    this.after = SHOWN.includes(blob.type) ? blob : await api.view(this.result.photo, signal);
    this.state = "done";
  }

  async ask(fields, signal, heard) {
    const stop = api.stages(this.photo, heard);
    try {
      return await api.erase({ photo: this.photo, ...fields }, signal);
    } finally {
      stop();
    }
  }

  async hover(number) {
    if (!number || this.overlay.masks.has(number)) return;
    this.overlay.masks.set(number, null);
    try {
      await this.overlay.setMask(number, await api.mask(this.photo, String(number)));
    } catch {
      this.overlay.masks.delete(number); // the outline is shown as it is
    }
  }

  // After a pass: the numbers of those who are still seen and were not to stay.
  get left() {
    const isNew = (person) => !this.stayed.some((each) => overlap(each.box, person.box) > 0.5);
    return this.overlay.people.filter(isNew).map((each) => each.number);
  }

  // The next pass begins with the pixels of the result, not with its file.
  again() {
    this.stayed = this.overlay.people.filter((each) => !this.edits.state.chosen.includes(each.number));
    this.file = new File([this.result.blob], this.name, { type: this.result.blob.type });
    this.photo = this.result.photo;
    this.before = this.after;
    this.state = "waiting";
  }
}

export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
