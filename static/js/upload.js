// Upload slots: drag and drop, camera, progress with cancel and retry. Events are delegated, so a replaced slot just works.
//
// The server answers 201 {"html": "<the slot>"} or an error with {"error": "plain words"}. The other words come from the
// template, by data-say-... on the slot's places for an error and for the progress.

const size = (value, unit, digits) => `${new Intl.NumberFormat(document.documentElement.lang || "en", { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value)} ${unit}`;

const pending = new WeakMap(); // slot -> {file, request}

function tokenOf(slot) {
  return slot.querySelector("[name=csrfmiddlewaretoken]")?.value ?? document.querySelector('meta[name="csrf-token"]')?.content ?? "";
}

function part(slot, name) {
  return slot.querySelector(`[data-slot-${name}]`);
}

function show(slot, state) {
  slot.dataset.state = state;
  part(slot, "choose").hidden = state === "sending" || state === "failed-again";
  part(slot, "progress").hidden = state !== "sending";
  part(slot, "retry").hidden = state !== "failed-again";
}

function say(slot, text) {
  const error = part(slot, "error");
  error.hidden = !text;
  error.querySelector("span").textContent = text;
  slot.classList.toggle("slot--problem", Boolean(text));
}

/** One of the template's texts of the slot's `place`, with its {places} filled. */
function words(slot, place, name, values = {}) {
  const text = part(slot, place).getAttribute(`data-say-${name}`) ?? "";
  return text.replace(/\{(\w+)\}/g, (_all, key) => values[key] ?? "");
}

function sizeInWords(bytes) {
  return bytes >= 1048576 ? size(bytes / 1048576, "MB", 1) : size(Math.max(1, Math.round(bytes / 1024)), "KB", 0);
}

function fitsAccept(file, accept) {
  const wanted = accept.split(",").map((word) => word.trim().toLowerCase()).filter(Boolean);
  if (wanted.length === 0 || !file.type) return true; // the server looks at the content
  return wanted.some((word) => (word.startsWith(".") ? file.name.toLowerCase().endsWith(word) : word.endsWith("/*") ? file.type.startsWith(word.slice(0, -1)) : file.type === word));
}

function choose(slot, file) {
  const limit = Number(slot.dataset.maxBytes);
  if (file.size === 0) return say(slot, words(slot, "error", "empty", { name: file.name }));
  if (limit && file.size > limit) return say(slot, words(slot, "error", "large", { name: file.name, size: sizeInWords(file.size), limit: sizeInWords(limit) }));
  if (!fitsAccept(file, slot.dataset.accept ?? "")) return say(slot, words(slot, "error", "kind", { name: file.name }));
  send(slot, file);
}

function send(slot, file) {
  const request = new XMLHttpRequest();
  pending.set(slot, { file, request });
  say(slot, "");
  show(slot, "sending");
  const bar = part(slot, "bar");
  const line = part(slot, "percent");
  part(slot, "filename").textContent = file.name;
  bar.value = 0;
  line.textContent = words(slot, "percent", "starting");

  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    bar.value = event.loaded / event.total;
    const sent = { percent: Math.floor((100 * event.loaded) / event.total), size: sizeInWords(event.total) };
    line.textContent = event.loaded < event.total ? words(slot, "percent", "sent", sent) : words(slot, "percent", "checking");
  });
  request.upload.addEventListener("load", () => {
    bar.removeAttribute("value");
    line.textContent = words(slot, "percent", "checking");
  });
  request.addEventListener("load", () => finish(slot, request));
  request.addEventListener("error", () => fail(slot, words(slot, "error", "broke-off"), true));
  request.addEventListener("timeout", () => fail(slot, words(slot, "error", "no-answer"), true));
  request.addEventListener("abort", () => {
    show(slot, "empty");
    pending.delete(slot);
  });

  const data = new FormData();
  data.append("slot", slot.dataset.slot);
  data.append("file", file, file.name);
  request.open("POST", slot.dataset.uploadUrl);
  request.setRequestHeader("X-CSRFToken", tokenOf(slot));
  request.setRequestHeader("Accept", "application/json");
  request.send(data);
}

function answerOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function finish(slot, request) {
  const answer = answerOf(request.responseText);
  // Without a session the portal leads to its sign-in page, which is no answer about the file.
  if (request.responseURL && new URL(request.responseURL).pathname.startsWith("/account/")) return fail(slot, words(slot, "error", "signed-out"), false);
  if (request.status >= 200 && request.status < 300 && answer.html) return replace(slot, answer.html);
  if (request.status >= 500 || request.status === 0) return fail(slot, words(slot, "error", "not-now"), true);
  if (request.status === 413) return fail(slot, answer.error ?? words(slot, "error", "too-large"), false);
  return fail(slot, answer.error ?? words(slot, "error", "refused"), false);
}

function fail(slot, text, again) {
  say(slot, text);
  show(slot, again ? "failed-again" : "empty");
  if (!again) pending.delete(slot);
}

function replace(slot, html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  const fresh = holder.content.querySelector("[data-upload-slot]");
  slot.replaceWith(holder.content);
  if (!fresh) return;
  globalThis.htmx?.process(fresh);
  fresh.dispatchEvent(new CustomEvent("slot:changed", { bubbles: true, detail: { slot: fresh.dataset.slot } }));
  fresh.querySelector('[data-slot-remove] button, [data-slot-choose] input[type="file"]')?.focus({ preventScroll: true });
}

async function remove(form) {
  const slot = form.closest("[data-upload-slot]");
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const response = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json", "X-CSRFToken": tokenOf(slot) } });
    const answer = answerOf(await response.text());
    const isAnswer = response.ok && !response.redirected;
    if (isAnswer && answer.html) return replace(slot, answer.html);
    if (isAnswer) return window.location.reload();
    const otherwise = words(slot, "error", response.redirected ? "kept-signed-out" : "kept");
    say(slot, answer.error ?? otherwise);
  } catch {
    say(slot, words(slot, "error", "kept-broke-off"));
  }
  button.disabled = false;
}

document.addEventListener("change", (event) => {
  const slot = event.target.closest("[data-upload-slot]");
  if (slot && event.target.matches('input[type="file"]') && event.target.files.length > 0) {
    choose(slot, event.target.files[0]);
    event.target.value = "";
  }
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-slot-remove]")) return;
  event.preventDefault();
  remove(event.target);
});
document.addEventListener("click", (event) => {
  const slot = event.target.closest("[data-upload-slot]");
  if (!slot) return;
  const waiting = pending.get(slot);
  if (event.target.closest("[data-slot-cancel]")) waiting?.request.abort();
  if (event.target.closest("[data-slot-again]") && waiting) send(slot, waiting.file);
  if (event.target.closest("[data-slot-other]")) {
    pending.delete(slot);
    say(slot, "");
    show(slot, "empty");
    part(slot, "choose").querySelector('input[type="file"]').click();
  }
});

for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    const slot = event.target.closest?.("[data-upload-slot]");
    const takes = slot && part(slot, "choose") && !part(slot, "choose").hidden;
    // A file dropped beside a slot must not make the browser leave the page.
    if (document.querySelector("[data-upload-slot]")) event.preventDefault();
    for (const other of document.querySelectorAll(".slot.is-over")) if (other !== slot || kind === "drop") other.classList.remove("is-over");
    if (!takes) return;
    slot.classList.toggle("is-over", kind === "dragenter" || kind === "dragover" || (kind === "dragleave" && slot.contains(event.relatedTarget)));
    if (kind === "drop" && event.dataTransfer.files.length > 0) choose(slot, event.dataTransfer.files[0]);
  });
}
window.addEventListener("beforeunload", (event) => {
  if (document.querySelector('[data-upload-slot][data-state="sending"]')) event.preventDefault();
});
