"use strict";
const at = (id) => document.getElementById(id);
const state = { about: null, model: null, file: null, picture: null, answer: null, asked: 0 };

async function ask(path, options = {}) {
  const key = sessionStorage.getItem("key"); // of this tab, until it is closed
  let response;
  try {
    response = await fetch(path, { ...options, headers: key ? { Authorization: `Bearer ${key}` } : {} });
  } catch {
    throw new Error(word("unreachable"));
  }
  const document = await response.json();
  at("key-form").hidden = response.status !== 401;
  if (!response.ok) throw new Error(document.error);
  return document;
}

function unlock(event) {
  event.preventDefault();
  sessionStorage.setItem("key", at("key").value.trim());
  at("key").value = "";
  complain(null);
  if (!state.about) begin().catch(complain);
  else if (state.file) predict();
}

function complain(error) {
  at("error").textContent = error?.message ?? "";
  at("error").hidden = !error;
}

function query(more = {}) {
  const [name, version] = at("model").value ? JSON.parse(at("model").value) : [state.model.name, String(state.model.number)];
  return new URLSearchParams({ model: name, version, ...more });
}

async function begin() {
  state.about = await ask("./");
  for (const { name, version, default: first } of state.about.models) {
    at("model").add(new Option(`${name}:${version}`, JSON.stringify([name, version]), first, first));
  }
  at("model").hidden = state.about.models.length < 2;
  describe(state.about.model);
}

function describe(model) {
  state.model = model;
  at("title").textContent = document.title = `${model.name}:${model.number}`;
  at("threshold").value = model.postprocess.score_threshold;
  at("labels").replaceChildren(...model.labels.map((label) => new Option(label)));
  at("new-label").value = model.labels[0] ?? "";
  for (const id of ["canvas", "settings", "judge", "verdict"]) at(id).hidden = true;
  at("found").replaceChildren();
  at("times").textContent = "";
  at("drop").hidden = Boolean(model.table);
  at("row").hidden = !model.table;
  at("opacity-line").hidden = model.task !== "anomaly";
  if (model.table) makeForm(model.table);
}

async function choose() {
  const { model } = await ask(`./?${query()}`);
  state.answer = null;
  describe(model);
  if (state.file && !model.table) await predict();
}

async function take(file) {
  if (!file) return;
  state.file = file;
  state.picture = await createImageBitmap(file).catch(() => null);
  at("again").hidden = false;
  await predict();
}

async function predict() {
  const mine = ++state.asked;
  const scored = !["classification", "tabular"].includes(state.model.task);
  const more = { ...(scored && state.answer ? { score_threshold: at("threshold").value } : {}),
    ...(state.model.task === "anomaly" ? { map: "1" } : {}) };
  try {
    const answer = await ask(`predict?${query(more)}`, { method: "POST", body: state.file });
    if (mine !== state.asked) return;
    complain(state.picture ? null : new Error(word("unreadable")));
    show(answer, scored);
  } catch (error) {
    if (mine === state.asked) complain(error);
  }
}

function show(answer, scored) {
  state.answer = answer;
  at("drop").hidden = true;
  at("canvas").hidden = false;
  at("settings").hidden = false;
  at("threshold").parentElement.hidden = !scored;
  at("shown").textContent = Number(at("threshold").value).toFixed(2);
  at("thanks").textContent = "";
  at("instead").hidden = true;
  stopCorrecting();
  at("judge").hidden = !state.about.feedback;
  draw(at("canvas"), state.picture, answer, state.model.labels, Number(at("opacity").value));
  tell(answer);
}

function tell(answer) {
  at("verdict").hidden = !answer.label;
  at("label").textContent = answer.label ?? "";
  at("score").textContent = answer.label ? percent(answer.score) : "";
  const labels = state.model.labels;
  const scores = answer.task === "anomaly" || !answer.scores ? [] : answer.scores.map((score, place) => [labels[place], score]);
  const rows = answer.targets
    ? Object.entries(answer.targets).map(([name, one]) => [`${name}: ${one.label}`, one.score])
    : answer.detections?.map(({ label, score }) => [label, score]) ?? scores.sort((a, b) => b[1] - a[1]);
  const said = new Set(answer.labels?.map(({ label }) => label));
  at("found").replaceChildren(...rows.slice(0, 100).map(([label, score]) => line(label, score, said.has(label))));
  if (!rows.length && !answer.label) at("found").append(line(word("nothing")));
  at("times").textContent = Object.entries(answer.milliseconds)
    .map(([step, value]) => `${word(step)} ${value.toFixed(1)} ${word("ms")}`).join(" · ");
}

const percent = (score) => `${(100 * score).toFixed(1)}%`;

function line(label, score, said = false) {
  const row = document.createElement("tr");
  const [mark, name, value] = [row.insertCell(), row.insertCell(), row.insertCell()];
  if (score !== undefined) {
    const dot = document.createElement("i");
    dot.style.background = colourOf(state.model.labels, label);
    mark.append(dot);
    value.textContent = percent(score);
  }
  name.textContent = label;
  row.className = said ? "said" : "";
  return row;
}

function makeForm(table) {
  const fields = table.columns.map((column) => {
    const label = document.createElement("label"), input = document.createElement("input");
    input.name = column.name;
    label.append(column.name, input);
    if (column.kind === "number") { input.type = "number"; input.step = "any"; }
    if (column.values?.length) {
      const list = document.createElement("datalist");
      list.id = `values of ${column.name}`.replaceAll(" ", "-");
      list.append(...column.values.map((value) => new Option(value)));
      input.setAttribute("list", list.id);
      label.append(list);
    }
    input.placeholder = word("unknown");
    return label;
  });
  const button = document.createElement("button");
  button.textContent = word("predict");
  at("row").replaceChildren(...fields, button);
}

async function askRow(event) {
  event.preventDefault();
  const row = Object.fromEntries([...new FormData(at("row"))].map(([name, text]) => {
    const number = state.model.table.columns.find((column) => column.name === name).kind === "number";
    return [name, text === "" ? null : number ? Number(text) : text];
  }));
  try {
    tell(await ask(`predict?${query()}`, { method: "POST", body: JSON.stringify(row) }));
    complain(null);
  } catch (error) {
    complain(error);
  }
}

async function judge(verdict, said = {}) {
  const by = at("by").value.trim();
  try {
    await ask(`feedback?${query({ verdict, ...said, ...(by ? { by } : {}) })}`, { method: "POST", body: state.file });
    at("thanks").textContent = word("thanks");
    at("instead").hidden = true;
    stopCorrecting();
  } catch (error) {
    complain(error);
  }
}

function drop(event) {
  event.preventDefault();
  document.body.classList.remove("over");
  if (!state.model?.table) take(event.dataTransfer.files[0]);
}

document.addEventListener("dragover", (event) => { event.preventDefault(); document.body.classList.add("over"); });
document.addEventListener("dragleave", () => document.body.classList.remove("over"));
document.addEventListener("drop", drop);
at("drop").addEventListener("keydown", ({ key }) => { if (key === "Enter" || key === " ") at("file").click(); });
at("file").addEventListener("change", () => take(at("file").files[0]));
at("again").addEventListener("click", () => at("file").click());
at("model").addEventListener("change", () => choose().catch(complain));
at("threshold").addEventListener("input", () => { at("shown").textContent = Number(at("threshold").value).toFixed(2); });
at("threshold").addEventListener("change", predict);
at("opacity").addEventListener("input", () =>
  draw(at("canvas"), state.picture, state.answer, state.model.labels, Number(at("opacity").value)));
at("row").addEventListener("submit", askRow);
at("key-form").addEventListener("submit", unlock);
at("right").addEventListener("click", () => judge("right"));
at("wrong").addEventListener("click", () => {
  at("thanks").textContent = "";
  if (correctable(state.answer)) return beginCorrecting();
  at("instead").hidden = false;
  at("other").focus();
});
at("send").addEventListener("click", () => {
  const label = at("other").value.trim();
  judge("wrong", label ? { label } : {});
});
at("send-objects").addEventListener("click", sendCorrected);
at("stop-objects").addEventListener("click", () => show(state.answer, true));
at("by").value = localStorage.getItem("by") ?? "";
at("by").addEventListener("change", () => localStorage.setItem("by", at("by").value.trim()));
for (const [name, what] of [["pointerdown", press], ["pointermove", move], ["pointerup", release]]) {
  at("canvas").addEventListener(name, what);
}
begin().catch(complain);
