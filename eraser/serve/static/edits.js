// What the person has chosen and painted, with undo and redo. A state is never changed, only replaced.

const NOTHING = { chosen: [], strokes: [] };

export class Edits {
  constructor(count) {
    this.count = count;
    this.past = [];
    this.future = [];
    this.state = NOTHING;
  }

  get isEmpty() {
    return !this.state.chosen.length && !this.state.strokes.some((stroke) => stroke.adds);
  }

  replace(change) {
    this.past.push(this.state);
    this.future = [];
    this.state = { ...this.state, ...change };
  }

  // If all of these go, they stay; else they all go.
  toggle(numbers) {
    const { chosen } = this.state;
    const others = chosen.filter((each) => !numbers.includes(each));
    const allGo = chosen.length - others.length === numbers.length;
    this.replace({ chosen: allGo ? others : [...others, ...numbers].sort((a, b) => a - b) });
  }

  // A word of --who, or "none".
  choose(word) {
    const all = Array.from({ length: this.count }, (_, index) => index + 1);
    const chosen = { all, main: all.slice(0, 1), others: all.slice(1), none: [] }[word];
    if (chosen.join() !== this.state.chosen.join()) this.replace({ chosen });
  }

  // points: [x, y] in pixels of the photo; adds: whether they go or stay
  paint(stroke) {
    this.replace({ strokes: [...this.state.strokes, stroke] });
  }

  undo() {
    if (!this.past.length) return;
    this.future.push(this.state);
    this.state = this.past.pop();
  }

  redo() {
    if (!this.future.length) return;
    this.past.push(this.state);
    this.state = this.future.pop();
  }

  reset() {
    if (this.state !== NOTHING) this.replace(NOTHING);
  }

  // As --who takes it: everybody is "all", so that a second look may take out whom nobody had found.
  get who() {
    const { chosen } = this.state;
    return chosen.length === this.count ? "all" : chosen.join(",");
  }
}

export function drawStroke(context, stroke, erases) {
  context.globalCompositeOperation = erases ? "destination-out" : "source-over";
  context.lineCap = context.lineJoin = "round";
  context.lineWidth = 2 * stroke.radius;
  context.beginPath();
  const [first, ...rest] = stroke.points;
  context.moveTo(...first);
  if (!rest.length) context.lineTo(first[0] + 0.01, first[1]);
  for (const point of rest) context.lineTo(...point);
  context.stroke();
}

// White strokes on black as a PNG of the photo's size; null where nothing is painted.
export async function strokesAsMask(strokes, [width, height], adds) {
  if (!strokes.some((stroke) => stroke.adds === adds)) return null;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  context.strokeStyle = "#fff";
  for (const stroke of strokes) drawStroke(context, stroke, stroke.adds !== adds);
  context.globalCompositeOperation = "destination-over";
  context.fillStyle = "#000";
  context.fillRect(0, 0, width, height);
  return canvas.convertToBlob({ type: "image/png" });
}
