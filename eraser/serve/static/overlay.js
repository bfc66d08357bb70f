// What is drawn over the photo: outlines with numbers, who goes, strokes, the mask under the pointer.

import { drawStroke } from "./edits.js";

const GONE = "rgba(226, 38, 77, 0.45)";
const KEPT = "rgba(36, 160, 90, 0.5)";
const MASK = [255, 186, 0, 130];
const MAX_LAYER = 1600;

// About where the head is: [x, y] of the upper end of the largest part.
function headOf({ outline, box: [x0, y0, x1] }) {
  const ring = outline.reduce((most, each) => (each.length > most.length ? each : most), []);
  if (!ring.length) return [(x0 + x1) / 2, y0];
  const [top, bottom] = [Math.min, Math.max].map((most) => most(...ring.map(([, y]) => y)));
  const upper = ring.filter(([, y]) => y <= top + 0.12 * (bottom - top)).map(([x]) => x);
  return [(Math.min(...upper) + Math.max(...upper)) / 2, top];
}

export class Overlay {
  constructor(people, size) {
    this.size = size;
    this.layerScale = Math.min(1, MAX_LAYER / Math.max(...size));
    this.people = people.map((person) => {
      const path = new Path2D();
      for (const ring of person.outline) {
        ring.forEach(([x, y], index) => (index ? path.lineTo(x + 0.5, y + 0.5) : path.moveTo(x + 0.5, y + 0.5)));
        path.closePath();
      }
      return { ...person, path, head: headOf(person) };
    });
    this.layers = { gone: this.layer(), kept: this.layer() };
    this.drawn = [];
    this.hovered = null;
    this.masks = new Map();
  }

  layer() {
    const canvas = new OffscreenCanvas(...this.size.map((side) => Math.max(1, Math.round(side * this.layerScale))));
    const context = canvas.getContext("2d");
    context.setTransform(this.layerScale, 0, 0, this.layerScale, 0, 0);
    return { canvas, context };
  }

  // The person under a pixel of the photo: the smallest, who is seen in front of the larger.
  under(context, [x, y]) {
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    const hits = this.people.filter((person) => context.isPointInPath(person.path, x, y, "evenodd"));
    context.restore();
    return hits.sort((one, other) => one.share - other.share)[0]?.number ?? null;
  }

  paint(strokes) {
    const isMore = this.drawn.every((stroke, index) => stroke === strokes[index]);
    if (!isMore) {
      for (const { canvas, context } of Object.values(this.layers)) {
        context.clearRect(0, 0, canvas.width / this.layerScale, canvas.height / this.layerScale);
      }
      this.drawn = [];
    }
    for (const stroke of strokes.slice(this.drawn.length)) this.stroke(stroke);
    this.drawn = strokes;
  }

  stroke(stroke) {
    this.layers.gone.context.strokeStyle = GONE.replace("0.45", "1");
    this.layers.kept.context.strokeStyle = KEPT.replace("0.5", "1");
    drawStroke(this.layers.gone.context, stroke, !stroke.adds);
    drawStroke(this.layers.kept.context, stroke, stroke.adds);
  }

  async setMask(number, blob) {
    const bitmap = await createImageBitmap(blob);
    const { canvas } = this.layer();
    const context = canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
    for (let at = 0; at < pixels.data.length; at += 4) {
      const isSet = pixels.data[at] > 127;
      for (let channel = 0; channel < 4; channel += 1) pixels.data[at + channel] = isSet ? MASK[channel] : 0;
    }
    context.putImageData(pixels, 0, 0);
    this.masks.set(number, canvas);
  }

  draw(context, pixel, chosen, stroke) {
    const [width, height] = this.size;
    for (const person of this.people) {
      if (!chosen.includes(person.number)) continue;
      context.fillStyle = GONE;
      context.fill(person.path, "evenodd");
    }
    const mask = this.hovered && this.masks.get(this.hovered);
    if (mask) context.drawImage(mask, 0, 0, width, height);
    context.globalAlpha = 0.5;
    for (const { canvas } of Object.values(this.layers)) context.drawImage(canvas, 0, 0, width, height);
    if (stroke) {
      context.strokeStyle = stroke.adds ? GONE.replace("0.45", "1") : KEPT.replace("0.5", "1");
      drawStroke(context, stroke, false);
    }
    context.globalAlpha = 1;
    for (const person of this.people) this.outline(context, pixel, person, chosen.includes(person.number));
    for (const person of this.people) this.label(context, pixel, person, chosen.includes(person.number));
  }

  // The brush under the pointer.
  ring(context, pixel, [x, y], radius) {
    for (const [colour, width] of [["rgba(0, 0, 0, 0.7)", 3], ["#ffffff", 1.5]]) {
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.strokeStyle = colour;
      context.lineWidth = width * pixel;
      context.stroke();
    }
  }

  outline(context, pixel, person, goes) {
    const width = person.number === this.hovered ? 3.5 : 2;
    for (const [colour, more] of [["rgba(0, 0, 0, 0.7)", 2], [goes ? "#ff5c7f" : "#ffffff", 0]]) {
      context.strokeStyle = colour;
      context.lineWidth = (width + more) * pixel;
      context.setLineDash(goes || more ? [] : [7 * pixel, 4 * pixel]);
      context.stroke(person.path);
    }
    context.setLineDash([]);
  }

  label(context, pixel, person, goes) {
    const text = String(person.number);
    const radius = 13 * pixel;
    const x = Math.min(this.size[0] - radius, Math.max(radius, person.head[0]));
    const y = Math.max(radius, person.head[1] - 0.6 * radius);
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = goes ? "#c2143c" : "#1b2230";
    context.fill();
    context.strokeStyle = "#fff";
    context.lineWidth = 1.5 * pixel;
    context.stroke();
    context.fillStyle = "#fff";
    context.font = `600 ${14 * pixel}px system-ui, sans-serif`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(text, x, y);
  }
}
