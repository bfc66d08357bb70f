// Small pictures: of photos in the strip, of people on their buttons.

const [WIDTH, HEIGHT, SIDE] = [124, 92, 124];

function picture(image, [x, y, width, height], size) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = size;
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(image, x, y, width, height, 0, 0, ...size);
  return canvas;
}

// The middle of a photo.
export function small(image) {
  const scale = Math.min(image.width / WIDTH, image.height / HEIGHT);
  const [width, height] = [WIDTH * scale, HEIGHT * scale];
  return picture(image, [(image.width - width) / 2, (image.height - height) / 2, width, height], [WIDTH, HEIGHT]);
}

// The upper part of a person, around the head.
export function portrait(image, { box: [x0, y0, x1, y1], head: [x, y] }) {
  const side = Math.max(16, 0.8 * Math.min(x1 - x0, y1 - y0));
  return picture(image, [x - side / 2, y - 0.08 * side, side, side], [SIDE, SIDE]);
}

// Of a file, if the browser can read it; null otherwise.
export async function decoded(file, options) {
  try {
    return await createImageBitmap(file, options);
  } catch {
    return null;
  }
}
