// The canvas: zoom and pan, the photo, and what is drawn over it. Coordinates "in the photo" are its pixels.

const MAX_ZOOM = 16;

export class View {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.size = [1, 1];
    this.scale = 1;
    this.x = 0;
    this.y = 0;
    this.isFitted = true;
    this.draw = () => {};
    this.pending = false;
    new ResizeObserver(() => this.resize()).observe(canvas);
  }

  resize() {
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(this.canvas.clientWidth * ratio);
    this.canvas.height = Math.round(this.canvas.clientHeight * ratio);
    if (this.isFitted) this.fit();
    this.redraw();
  }

  setSize(size) {
    this.size = size;
    this.fit();
  }

  get fitScale() {
    const [width, height] = this.size;
    return 0.97 * Math.min(this.canvas.clientWidth / width, this.canvas.clientHeight / height);
  }

  fit() {
    this.scale = this.fitScale;
    this.x = (this.canvas.clientWidth - this.size[0] * this.scale) / 2;
    this.y = (this.canvas.clientHeight - this.size[1] * this.scale) / 2;
    this.isFitted = true;
    this.redraw();
  }

  zoom(factor, x = this.canvas.clientWidth / 2, y = this.canvas.clientHeight / 2) {
    const scale = Math.min(MAX_ZOOM, Math.max(this.fitScale / 2, this.scale * factor));
    this.x = x - ((x - this.x) * scale) / this.scale;
    this.y = y - ((y - this.y) * scale) / this.scale;
    this.scale = scale;
    this.isFitted = false;
    this.redraw();
  }

  pan(dx, dy) {
    const room = 60;
    const [width, height] = this.size.map((side) => side * this.scale);
    this.x = Math.min(this.canvas.clientWidth - room, Math.max(room - width, this.x + dx));
    this.y = Math.min(this.canvas.clientHeight - room, Math.max(room - height, this.y + dy));
    this.isFitted = false;
    this.redraw();
  }

  inPhoto(event) {
    const box = this.canvas.getBoundingClientRect();
    return [(event.clientX - box.left - this.x) / this.scale, (event.clientY - box.top - this.y) / this.scale];
  }

  redraw() {
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => {
      this.pending = false;
      const ratio = window.devicePixelRatio || 1;
      const { context } = this;
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, this.canvas.width, this.canvas.height);
      context.setTransform(ratio * this.scale, 0, 0, ratio * this.scale, ratio * this.x, ratio * this.y);
      context.imageSmoothingEnabled = this.scale < 3;
      context.imageSmoothingQuality = "high";
      this.draw(context, 1 / this.scale);
    });
  }
}

// Drags, pinches, wheels and Space-drags of a canvas. tool: { press, move, release, hover }, in the photo's pixels.
export function listen(view, tool) {
  const { canvas } = view;
  const fingers = new Map();
  let drag = null;
  let spread = 0;
  let space = false;

  const ends = (event) => {
    fingers.delete(event.pointerId);
    if (drag === "tool") tool.release(view.inPhoto(event), event);
    if (!fingers.size) drag = null;
  };
  const middle = () => {
    const all = [...fingers.values()];
    return [(all[0].x + all[1].x) / 2, (all[0].y + all[1].y) / 2, Math.hypot(all[0].x - all[1].x, all[0].y - all[1].y)];
  };

  canvas.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    document.activeElement?.blur();
    canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    if (fingers.size === 2) {
      if (drag === "tool") tool.cancel();
      drag = "pinch";
      spread = middle();
    } else if (space || event.button === 1) drag = "pan";
    else if (event.button === 0) {
      drag = "tool";
      tool.press(view.inPhoto(event), event);
    }
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return void tool.hover(view.inPhoto(event), event);
    const now = { x: event.offsetX, y: event.offsetY };
    fingers.set(event.pointerId, now);
    if (drag === "pinch" && fingers.size === 2) {
      const [x, y, distance] = middle();
      view.pan(x - spread[0], y - spread[1]);
      if (spread[2] > 0) view.zoom(distance / spread[2], x, y);
      spread = [x, y, distance];
    } else if (drag === "pan") view.pan(now.x - before.x, now.y - before.y);
    else if (drag === "tool") {
      const result = tool.move(view.inPhoto(event), event);
      if (result === "pan") view.pan(now.x - before.x, now.y - before.y);
    }
  });
  canvas.addEventListener("pointerup", ends);
  canvas.addEventListener("pointercancel", ends);
  canvas.addEventListener("pointerleave", () => tool.hover(null));
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      view.zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015)), event.offsetX, event.offsetY);
    },
    { passive: false },
  );
  document.addEventListener("keydown", (event) => {
    if (event.code !== "Space" || event.target.closest("button, input, a, dialog")) return;
    event.preventDefault();
    space = true;
    canvas.style.cursor = "grab";
  });
  document.addEventListener("keyup", (event) => {
    if (event.code !== "Space") return;
    space = false;
    canvas.style.cursor = "";
  });
}
