// Suggestions under the search field: asked for after a pause in typing, walked with the arrows, gone with Escape.
// htmx sends the request and swaps the answer in; without scripts the field is a plain form.

const PAUSE_MS = 250;
const ENOUGH_LETTERS = 3;

const field = document.getElementById("search");
const box = document.getElementById("search-suggestions");
const announcer = document.getElementById("search-status");
let timer = 0;
let asked = "";
let active = -1;

// A Chinese character or a syllable of Hangul says as much as several letters.
function enough(text) {
  const letters = text.normalize("NFKD").match(/[\p{L}\p{N}]/gu) ?? [];
  const dense = text.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu) ?? [];
  return letters.length + dense.length >= ENOUGH_LETTERS;
}

function options() {
  return [...box.querySelectorAll('[role="option"]')];
}

function isOpen() {
  return !box.hidden && box.childElementCount > 0;
}

function choose(index) {
  const all = options();
  active = index;
  all.forEach((option, number) => option.setAttribute("aria-selected", String(number === index)));
  if (all[index]) {
    field.setAttribute("aria-activedescendant", all[index].id);
    all[index].scrollIntoView({ block: "nearest" });
  } else {
    field.removeAttribute("aria-activedescendant");
  }
}

function close() {
  clearTimeout(timer);
  field.dispatchEvent(new CustomEvent("htmx:abort"));
  asked = "";
  box.hidden = true;
  announcer.textContent = "";
  field.setAttribute("aria-expanded", "false");
  choose(-1);
}

function open() {
  box.hidden = false;
  const count = options().length;
  field.setAttribute("aria-expanded", String(count > 0));
  if (count > 0) field.setAttribute("aria-controls", "search-options");
  choose(-1);
  announcer.textContent = count > 0 ? announcer.dataset.some.replace("{count}", String(count)) : announcer.dataset.none;
}

function ask() {
  asked = field.value;
  field.dispatchEvent(new CustomEvent("suggest"));
}

function step(by) {
  const count = options().length;
  if (count === 0) return;
  choose(active === -1 ? (by > 0 ? 0 : count - 1) : (active + by + count) % count);
}

if (field && box && announcer) {
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-expanded", "false");

  field.addEventListener("input", () => {
    clearTimeout(timer);
    if (!enough(field.value)) return close();
    timer = setTimeout(ask, PAUSE_MS);
  });

  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!isOpen() && enough(field.value)) ask();
      else step(event.key === "ArrowDown" ? 1 : -1);
      event.preventDefault();
    } else if (event.key === "Enter" && isOpen() && active !== -1) {
      event.preventDefault();
      options()[active]?.click();
    } else if (event.key === "Escape" && isOpen()) {
      event.preventDefault();
      close();
    }
  });

  // What comes back for a text that is no longer there is not shown.
  document.addEventListener("htmx:after:swap", (event) => {
    if (event.target !== field && event.detail?.ctx?.sourceElement !== field) return;
    if (asked && asked === field.value && document.activeElement === field && box.childElementCount > 0) open();
    else close();
  });

  field.addEventListener("blur", () => clearTimeout(timer));
  document.addEventListener("focusin", (event) => {
    if (isOpen() && !field.form.contains(event.target)) close();
  });
  document.addEventListener("pointerdown", (event) => {
    if (isOpen() && !field.form.contains(event.target)) close();
  });
  field.form.addEventListener("submit", close);
}
