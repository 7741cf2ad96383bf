// Sending documents: each file goes in a request of its own, three at once, and can be tried again alone.
// Without this script the page is a plain form that sends everything in one request.

const AT_ONCE = 3;
const FIELDS = ["number", "kind", "customer_number", "addresses"];
const COMMON = FIELDS.slice(1);

const form = document.getElementById("upload");

if (form) start();

function start() {
  const chooser = form.elements.files;
  for (const part of form.querySelectorAll(".with-script")) part.hidden = false;
  for (const part of form.querySelectorAll(".without-script")) part.hidden = true;
  chooser.required = false;
  chooser.addEventListener("change", () => {
    add(chooser.files);
    chooser.value = "";
  });
  acceptDrops(form.querySelector(".drop"));
  for (const name of COMMON) common(name).addEventListener("input", () => passOn(name));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    sendAll();
  });
  document.getElementById("send").addEventListener("click", sendAll);
  document.getElementById("retry").addEventListener("click", () => {
    queue(uploads.filter((upload) => upload.state === "failed"));
  });
  window.addEventListener("beforeunload", (event) => {
    if (uploads.some((upload) => ["new", "queued", "sending"].includes(upload.state))) event.preventDefault();
  });
}

function acceptDrops(area) {
  for (const type of ["dragover", "drop"]) document.addEventListener(type, (event) => event.preventDefault());
  document.addEventListener("dragover", () => area.classList.add("over"));
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) area.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    area.classList.remove("over");
    add(event.dataTransfer.files);
  });
}

let uploads = [];

function add(files) {
  const rows = document.createDocumentFragment();
  const template = document.getElementById("row").content.firstElementChild;
  for (const file of files) {
    const row = template.cloneNode(true);
    const upload = { id: uuid(), file, row, state: "new", touched: new Set() };
    row.querySelector(".name").textContent = file.name;
    row.querySelector(".size").textContent = sizeInWords(file.size);
    field(upload, "number").value = numberFor(files.length);
    field(upload, "number").placeholder = numberOf(file);
    for (const name of COMMON) field(upload, name).value = common(name).value;
    row.addEventListener("input", (event) => upload.touched.add(event.target.name));
    row.querySelector(".remove").addEventListener("click", () => remove(upload));
    row.querySelector(".retry").addEventListener("click", () => queue([upload]));
    say(upload, form.dataset.waits);
    if (file.size > form.dataset.limit * 1024 * 1024) fail(upload, form.dataset.tooLarge, /\.zip$/i.test(file.name));
    uploads.push(upload);
    rows.append(row);
  }
  document.getElementById("uploads").append(rows);
  sumUp();
}

function numberFor(count) {
  return count === 1 && !uploads.length ? common("number").value : "";
}

// What is the number when none is typed. Only the portal can read what stands in an e-invoice.
function numberOf(file) {
  return /\.xml$/i.test(file.name) ? form.dataset.fromFile : file.name.replace(/\.pdf$/i, "").trim();
}

// What is typed for all files goes to those that were not changed one by one.
function passOn(name) {
  for (const upload of uploads) {
    if (upload.state === "new" && !upload.touched.has(name)) {
      field(upload, name).value = common(name).value;
    }
  }
}

function remove(upload) {
  upload.row.remove();
  uploads = uploads.filter((other) => other !== upload);
  sumUp();
}

function sendAll() {
  queue(uploads.filter((upload) => upload.state === "new"));
}

function queue(chosen) {
  for (const upload of chosen) {
    const missing = FIELDS.map((name) => field(upload, name)).find((input) => !input.checkValidity());
    if (missing) {
      missing.reportValidity();
      return;
    }
    upload.state = "queued";
    mark(upload, "");
  }
  next();
}

function next() {
  const sending = uploads.filter((upload) => upload.state === "sending").length;
  const waiting = uploads.filter((upload) => upload.state === "queued");
  waiting.slice(0, AT_ONCE - sending).forEach(send);
  sumUp();
}

function send(upload) {
  upload.state = "sending";
  say(upload, form.dataset.sending);
  const body = new FormData();
  body.append("csrfmiddlewaretoken", token());
  body.append("company", form.elements.company.value);
  for (const name of FIELDS) body.append(name, field(upload, name).value);
  body.append("external_id", upload.id);
  body.append("files", upload.file);
  for (const file of field(upload, "attachments").files) body.append("attachments", file);
  lock(upload, true);

  const bar = upload.row.querySelector("progress");
  bar.hidden = false;
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  request.upload.addEventListener("progress", (event) => {
    bar.value = event.lengthComputable ? (100 * event.loaded) / event.total : 0;
  });
  request.upload.addEventListener("load", () => say(upload, form.dataset.checking));
  request.addEventListener("load", () => answered(upload, request));
  request.addEventListener("error", () => fail(upload, form.dataset.unreachable));
  request.addEventListener("loadend", () => {
    bar.hidden = true;
    next();
  });
  request.send(body);
}

// Who was logged out and has logged in again in another tab has another one since then.
function token() {
  const known = document.cookie.match(/(?:^|; )csrftoken=(\w+)/);
  return known ? known[1] : form.elements.csrfmiddlewaretoken.value;
}

function answered(upload, request) {
  const answer = parsed(request.responseText);
  if (!answer || !answer.message) {
    const elsewhere = request.responseURL && request.responseURL !== form.action;
    fail(upload, elsewhere || request.status === 403 ? form.dataset.loggedOut : form.dataset.failed);
  } else if (request.status >= 400) {
    fail(upload, answer.message, answer.is_batch);
  } else {
    upload.state = "done";
    upload.needsYou = answer.status !== "queued";
    mark(upload, upload.needsYou ? "held" : "done");
    say(upload, answer.message);
    const link = upload.row.querySelector(".open");
    link.href = answer.url;
    link.hidden = false;
    upload.row.querySelector("fieldset").hidden = true;
    upload.row.querySelector(".remove").hidden = true;
  }
}

function fail(upload, message, isBatch) {
  upload.state = isBatch ? "elsewhere" : "failed";
  mark(upload, "failed");
  upload.row.querySelector(".batch").hidden = !isBatch;
  if (isBatch) {
    upload.row.querySelector(".retry").hidden = true;
    upload.row.querySelector("fieldset").hidden = true;
  }
  say(upload, message);
  lock(upload, false);
}

function mark(upload, state) {
  upload.row.classList.remove("done", "held", "failed");
  if (state) upload.row.classList.add(state);
  upload.row.querySelector(".retry").hidden = state !== "failed";
}

function lock(upload, locked) {
  upload.row.querySelector("fieldset").disabled = locked;
  upload.row.querySelector(".remove").disabled = locked;
}

function say(upload, message) {
  upload.row.querySelector(".said").textContent = message;
}

function sumUp() {
  const count = (state) => uploads.filter((upload) => upload.state === state).length;
  const unsent = count("new");
  const button = document.getElementById("send");
  button.disabled = !unsent;
  button.hidden = uploads.length > unsent && !unsent;
  if (unsent) {
    button.textContent = filled(unsent === 1 ? form.dataset.sendOne : form.dataset.sendMany, { count: unsent });
  }
  document.getElementById("retry").hidden = count("failed") < 2;
  const begun = uploads.length > unsent;
  const held = uploads.filter((upload) => upload.needsYou).length;
  const numbers = { done: count("done") - held, held, all: uploads.length, failed: count("failed") + count("elsewhere") };
  document.getElementById("summary").textContent = begun ? filled(form.dataset.summary, numbers) : "";
}

function field(upload, name) {
  return upload.row.querySelector(`[name="${name}"]`);
}

// The field for all files. The form's own list of elements would give those of the files together with it.
function common(name) {
  return form.querySelector(`.together [name="${name}"]`);
}

function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (_whole, name) => values[name].toLocaleString(document.documentElement.lang));
}

function sizeInWords(bytes) {
  return bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} kB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

// crypto.randomUUID() is only there over HTTPS and on this machine.
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
