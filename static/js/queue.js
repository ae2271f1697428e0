// The queue: the bar for many cases shows once some are chosen; one open box at a time; what is new is asked for quietly.

const bar = document.querySelector("[data-bulk]");
const table = document.querySelector(".table--queue");

function boxes() {
  return [...table.querySelectorAll('input[type="checkbox"][name="case"]')];
}

function show() {
  const all = bar.querySelector("[data-bulk-all]");
  const chosen = boxes().filter((box) => box.checked).length;
  const count = bar.querySelector("[data-bulk-count]");
  bar.hidden = chosen === 0 && !all.checked;
  all.closest("label").hidden = !all.checked && chosen < boxes().length;
  const words = chosen === 1 ? count.dataset.one : count.dataset.many.replace("{count}", chosen);
  if (count.textContent !== words) count.textContent = words;
}

if (bar && table) {
  // After select-all.js, which ticks the boxes of the page.
  document.addEventListener("change", (event) => {
    if (!event.target.matches?.('[type="checkbox"]')) return;
    if (event.target.name === "case" && !event.target.checked) bar.querySelector("[data-bulk-all]").checked = false;
    queueMicrotask(show);
  });
  window.addEventListener("pageshow", show);
  show();
}

// What the page asks for by itself: quiet while nobody looks at it, and honest when no answer comes.
const news = document.getElementById("queue-news");
const isPoll = (event) => event.detail.ctx?.sourceElement?.id === "queue-poll";

function tell(problem) {
  if (news.dataset.problem === problem) return;
  news.dataset.problem = problem;
  news.textContent = problem === "offline" ? news.dataset.offline : news.dataset.signedOut;
}

document.addEventListener("htmx:before:request", (event) => {
  if (isPoll(event) && document.hidden) event.preventDefault();
});
document.addEventListener("htmx:before:response", (event) => {
  if (!isPoll(event)) return;
  const { raw } = event.detail.ctx.response;
  if (raw.redirected) {
    event.preventDefault();
    tell("signed-out");
  } else if (raw.status >= 400) {
    event.preventDefault();
    tell("offline");
  } else if (news.dataset.problem) {
    delete news.dataset.problem;
    news.textContent = "";
  }
});
document.addEventListener("htmx:error", (event) => {
  if (isPoll(event)) tell("offline");
});

const drops = [...document.querySelectorAll("details.drop")];
for (const drop of drops) {
  drop.addEventListener("toggle", () => {
    if (drop.open) for (const other of drops) if (other !== drop) other.open = false;
  });
}
document.addEventListener("click", (event) => {
  for (const drop of drops) if (drop.open && !drop.contains(event.target)) drop.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = drops.find((drop) => drop.open);
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});

// The address says what filters, and nothing of the fields left empty.
for (const form of document.querySelectorAll('details.drop form[method="get"]')) {
  form.addEventListener("formdata", (event) => {
    for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
  });
}
