// The photos of this page, and the requests about them.

import * as api from "./api.js";
import { Edits, strokesAsMask } from "./edits.js";
import { Overlay } from "./overlay.js";

const SHOWN = ["image/jpeg", "image/png", "image/webp"];

export class Item {
  constructor(file) {
    this.file = file; // what the pass begins with
    this.name = file.name;
    this.state = "waiting"; // waiting, ready, done, failed
    this.photo = null; // its handle
    this.passes = 0;
    this.first = null; // pictures as blobs that every browser shows: before everything, before this pass, after it
    this.before = null;
    this.after = null;
    this.result = null;
  }

  // Upload it, unless it is there, and find who is on it.
  async look(signal) {
    const found = await api.people(this.photo ? { photo: this.photo } : { file: this.file }, signal);
    this.photo = found.photo;
    this.size = found.size;
    this.notes = found.notes;
    this.edits = new Edits(found.people.length);
    this.overlay = new Overlay(found.people, found.size);
    this.before ??= await api.view(this.photo, signal);
    this.first ??= this.before;
    this.state = "ready";
  }

  async erase(signal, heard) {
    const { strokes, chosen } = this.edits.state;
    const mask = await strokesAsMask(strokes, this.size, true);
    const keep = await strokesAsMask(strokes, this.size, false);
    const fields = { photo: this.photo };
    if (mask) fields.mask = mask;
    if (keep) fields.keep_mask = keep;
    if (chosen.length) fields.who = this.edits.who;
    if (chosen.length && mask) fields.add_mask = "true";
    const stop = api.stages(this.photo, heard);
    try {
      this.result = await api.erase(fields, signal);
    } catch (error) {
      if (error.code !== "unknown_photo") throw error;
      // The server has forgotten the photo: send it again.
      const { photo } = await api.people({ file: this.file }, signal);
      this.photo = photo;
      this.result = await api.erase({ ...fields, photo }, signal);
    } finally {
      stop();
    }
    const { blob } = this.result;
    this.after = SHOWN.includes(blob.type) ? blob : await api.view(this.result.photo, signal);
    this.state = "done";
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

  // The next pass begins with the pixels of the result, not with its file.
  again() {
    this.passes += 1;
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
