"use strict";
// Corrects what a model found, object by object: another label, gone, or a box drawn with the mouse.
const MOST = 500; // objects that the server takes
const LEAST = 3; // px of a box; less is a click
const fix = { objects: null, chosen: -1, from: null, to: null };

/** Whether what was found can be said again by label and box alone. */
function correctable(answer) {
  return Array.isArray(answer?.detections) && answer.task === "detection"
    && !answer.detections.some(({ rotated, points, mask }) => rotated || points || mask);
}

function beginCorrecting() {
  fix.objects = state.answer.detections.map(({ label, box }) => ({ label, box: [...box] }));
  fix.chosen = -1;
  showCorrected();
}

function stopCorrecting() {
  fix.objects = fix.from = null;
  at("correcting").hidden = true;
  at("canvas").classList.remove("drawing");
}

function showCorrected() {
  at("correcting").hidden = false;
  at("instead").hidden = true;
  at("canvas").classList.add("drawing");
  at("objects").replaceChildren(...fix.objects.map(rowOf));
  at("count").textContent = `${word("objects")}: ${fix.objects.length}`;
  paintCorrected();
}

function rowOf(object, place) {
  const row = document.createElement("tr"), label = document.createElement("input"), remove = document.createElement("button");
  label.setAttribute("list", "labels");
  label.value = object.label;
  label.setAttribute("aria-label", `${word("instead")} ${place + 1}`);
  label.addEventListener("input", () => { object.label = label.value.trim(); paintCorrected(); });
  label.addEventListener("focus", () => { fix.chosen = place; paintCorrected(); });
  remove.type = "button";
  remove.textContent = "×";
  remove.title = word("remove");
  remove.setAttribute("aria-label", `${word("remove")} ${place + 1}`);
  remove.addEventListener("click", () => { fix.objects.splice(place, 1); fix.chosen = -1; showCorrected(); });
  const dot = document.createElement("i");
  dot.style.background = colourOf(state.model.labels, object.label);
  for (const part of [dot, label, remove]) row.insertCell().append(part);
  row.className = place === fix.chosen ? "said" : "";
  return row;
}

function paintCorrected() {
  const shown = fix.objects.map((object, place) => ({ ...object, chosen: place === fix.chosen }));
  if (fix.from && fix.to) shown.push({ label: at("new-label").value, box: boxOf(fix.from, fix.to), chosen: true });
  draw(at("canvas"), state.picture, { ...state.answer, detections: shown }, state.model.labels, 0);
}

const boxOf = ([ax, ay], [bx, by]) => [Math.min(ax, bx), Math.min(ay, by), Math.max(ax, bx), Math.max(ay, by)].map(
  (edge) => Math.round(edge * 100) / 100);

/** Where the pointer is, in px of the image. */
function placeOf(event) {
  const canvas = at("canvas"), shown = canvas.getBoundingClientRect();
  const clamp = (value, most) => Math.max(0, Math.min(most, value));
  return [clamp((event.clientX - shown.left) * canvas.width / shown.width, canvas.width),
    clamp((event.clientY - shown.top) * canvas.height / shown.height, canvas.height)];
}

function press(event) {
  if (!fix.objects || event.button !== 0) return;
  event.preventDefault();
  at("canvas").setPointerCapture(event.pointerId);
  fix.from = fix.to = placeOf(event);
}

function move(event) {
  if (!fix.from) return;
  fix.to = placeOf(event);
  paintCorrected();
}

function release(event) {
  if (!fix.from) return;
  const box = boxOf(fix.from, placeOf(event)), label = at("new-label").value.trim() || state.model.labels[0];
  const drawn = box[2] - box[0] >= LEAST && box[3] - box[1] >= LEAST;
  fix.from = fix.to = null;
  if (drawn && fix.objects.length < MOST) fix.objects.push({ label, box });
  fix.chosen = drawn ? fix.objects.length - 1 : smallestAt(box);
  showCorrected();
  if (!drawn && fix.chosen >= 0) at("objects").rows[fix.chosen].querySelector("input").focus();
}

/** The smallest object around a place: the one that somebody means who clicks into several. */
function smallestAt([x, y]) {
  const size = ([left, top, right, bottom]) => (right - left) * (bottom - top);
  const around = fix.objects.map(({ box }, place) => ({ box, place })).filter(
    ({ box: [left, top, right, bottom] }) => x >= left && x <= right && y >= top && y <= bottom);
  return around.sort((a, b) => size(a.box) - size(b.box))[0]?.place ?? -1;
}

function sendCorrected() {
  const objects = fix.objects.filter(({ label }) => label);
  judge("wrong", { objects: JSON.stringify(objects) });
}
