// Keys: "/" search, "?" this list, j/k and Enter in tables with data-rows, "g" then the letter of data-go in the
// navigation, and data-key on any control.

const CHORD_MS = 1200;
let chordUntil = 0;
// Switched off in one's own settings: then "?" alone stays, and its list says so.
const isOff = document.documentElement.dataset.shortcuts === "off";

function isTyping(target) {
  return target.isContentEditable || (target.matches?.("input, textarea, select") && !target.matches('[type="checkbox"], [type="radio"]'));
}

function rows() {
  return [...document.querySelectorAll("[data-rows] tbody tr")].filter((row) => row.querySelector("a[href]"));
}

function activeRow() {
  return document.querySelector("[data-rows] tbody tr.is-active");
}

function move(step) {
  const all = rows();
  if (all.length === 0) return;
  const current = all.indexOf(activeRow());
  const next = all[current === -1 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(current + step, 0), all.length - 1)];
  for (const row of all) row.classList.toggle("is-active", row === next);
  next.querySelector("a[href]").focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

function go(letter) {
  const link = document.querySelector(`.nav [data-go="${CSS.escape(letter)}"]`);
  if (link) link.click();
  return Boolean(link);
}

function press(letter) {
  const control = document.querySelector(`[data-key="${CSS.escape(letter)}"]:not(:disabled)`);
  if (!control || control.closest("dialog:not([open])")) return false;
  if (control.matches("input, select, textarea")) control.focus();
  else control.click();
  return true;
}

const actions = {
  "/": () => {
    const search = document.getElementById("search");
    search?.focus();
    search?.select();
    return Boolean(search);
  },
  "?": () => {
    const dialog = document.getElementById("shortcuts");
    if (dialog && !dialog.open) dialog.showModal();
    return Boolean(dialog);
  },
  j: () => move(1),
  k: () => move(-1),
  x: () => activeRow()?.querySelector('input[type="checkbox"]')?.click(),
};

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && event.target.id === "search") return event.target.blur();
  if (isTyping(event.target) || document.querySelector("dialog:modal")) return;
  if (isOff && event.key !== "?") return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.repeat && !"jk".includes(key)) return; // A key that is held down acts once.

  if (event.timeStamp < chordUntil) {
    chordUntil = 0;
    if (key.length === 1 && go(key)) return event.preventDefault();
  }
  if (key === "g") {
    chordUntil = event.timeStamp + CHORD_MS;
    return;
  }
  const own = key in actions && (!"jkx".includes(key) || document.querySelector("[data-rows]"));
  if (own) {
    actions[key]();
    event.preventDefault();
  } else if (key.length === 1 && press(key)) {
    event.preventDefault();
  }
});

// A click anywhere in a row opens it, unless text is being selected or something in the row has its own use.
document.addEventListener("click", (event) => {
  const row = event.target.closest?.("[data-rows] tbody tr");
  if (!row || event.target.closest("a, button, input, label, select, summary, td.select") || String(getSelection())) return;
  const link = row.querySelector("a.row-link") ?? row.querySelector("a[href]");
  if (!link) return;
  if (event.ctrlKey || event.metaKey) window.open(link.href, "_blank", "noopener");
  else link.click();
});

// Buttons may open and close dialogs by id without a script of their own.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) document.getElementById(opener.dataset.dialog)?.showModal();
  const closer = event.target.closest("[data-dialog-close]");
  if (closer) closer.closest("dialog")?.close();
  if (event.target.matches?.("dialog:modal") && event.target === event.target.closest("dialog")) {
    const box = event.target.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside && event.detail > 0) event.target.close();
  }
  const dismissed = event.target.closest("[data-dismiss]");
  if (dismissed) dismissed.closest(".alert")?.remove();
});
