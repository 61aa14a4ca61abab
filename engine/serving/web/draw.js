"use strict";
// Draws what a model says of an image over it.
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#f0e442"];
const colourOf = (labels, label) => COLOURS[Math.max(0, labels.indexOf(label)) % COLOURS.length];

function draw(canvas, picture, answer, labels, opacity) {
  const { width, height } = answer.image;
  canvas.width = width;
  canvas.height = height;
  const pen = canvas.getContext("2d");
  if (picture) pen.drawImage(picture, 0, 0, width, height);
  const line = Math.max(1, Math.round(Math.max(width, height) / 400));
  if (answer.map) drawMap(pen, answer.map, width, height, opacity);
  for (const found of answer.detections ?? []) {
    const colour = colourOf(labels, found.label);
    pen.strokeStyle = pen.fillStyle = colour;
    pen.lineWidth = found.chosen ? 2 * line + 1 : line;
    if (found.mask && !answer.map) drawMask(pen, found, colour);
    if (found.rotated) drawRotated(pen, found.rotated);
    else pen.strokeRect(...rectangle(found.box));
    if (found.points) drawPoints(pen, found, answer.skeletons?.[found.label], line);
  }
  for (const found of answer.detections ?? []) drawLabel(pen, found, colourOf(labels, found.label), line);
}

const rectangle = ([left, top, right, bottom]) => [left, top, right - left, bottom - top];

function drawRotated(pen, [x, y, width, height, degrees]) {
  pen.save();
  pen.translate(x, y);
  pen.rotate(degrees * Math.PI / 180);
  pen.strokeRect(-width / 2, -height / 2, width, height);
  pen.restore();
}

function drawPoints(pen, found, skeleton, line) {
  for (const [from, to] of skeleton?.edges ?? []) {
    pen.beginPath();
    pen.moveTo(found.points[from][0], found.points[from][1]);
    pen.lineTo(found.points[to][0], found.points[to][1]);
    pen.stroke();
  }
  for (const [x, y, seen] of found.points) {
    pen.globalAlpha = 0.3 + 0.7 * seen;
    pen.beginPath();
    pen.arc(x, y, 2 * line + 1, 0, 2 * Math.PI);
    pen.fill();
  }
  pen.globalAlpha = 1;
}

function drawMask(pen, { mask, box }, colour) {
  // Run lengths of the whole image, column by column, background first; only the part within the box is drawn.
  const height = mask.size[0];
  const [left, top, wide, high] = rectangle(box).map(Math.round);
  if (wide < 1 || high < 1) return;
  const pixels = new ImageData(wide, high);
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  let place = 0;
  mask.counts.forEach((count, number) => {
    if (number % 2) for (let at = place; at < place + count; at++) {
      const x = Math.floor(at / height) - left, y = at % height - top;
      if (x >= 0 && x < wide && y >= 0 && y < high) pixels.data.set([red, green, blue, 110], 4 * (y * wide + x));
    }
    place += count;
  });
  stamp(pen, pixels, left, top, wide, high);
}

function drawMap(pen, map, width, height, opacity) {
  const bytes = Uint8Array.from(atob(map.data), (letter) => letter.charCodeAt(0));
  const pixels = new ImageData(map.width, map.height);
  bytes.forEach((value, at) => pixels.data.set([255, 255 - value, 0, value * opacity], 4 * at));
  stamp(pen, pixels, 0, 0, width, height);
}

function stamp(pen, pixels, left, top, width, height) {
  const sheet = new OffscreenCanvas(pixels.width, pixels.height);
  sheet.getContext("2d").putImageData(pixels, 0, 0);
  pen.drawImage(sheet, left, top, width, height);
}

function drawLabel(pen, found, colour, line) {
  const text = found.score === undefined ? found.label : `${found.label} ${(100 * found.score).toFixed(0)}%`, size = Math.max(11, 9 * line);
  pen.font = `${size}px sans-serif`;
  const wide = pen.measureText(text).width + size / 2, [left, top] = found.box;
  const x = Math.max(0, Math.min(left, pen.canvas.width - wide)), y = top > 1.4 * size ? top - 1.3 * size : top;
  pen.fillStyle = colour;
  pen.fillRect(x, y, wide, 1.3 * size);
  pen.fillStyle = "#fff";
  pen.fillText(text, x + size / 4, y + size);
}
