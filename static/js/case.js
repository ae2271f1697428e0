// The open case page: says every while that it is open, and shows what the answer brings without touching what is typed.

const EVERY_MS = 20_000;
const place = () => document.querySelector("[data-presence]");
// Boxes that were drawn open: only one that a person opened says that somebody is at it.
const drawnOpen = new Set(document.querySelectorAll("main details[open]"));

/** Somebody is writing, choosing or reading something that a new page would take away. */
function isBusy() {
  const typed = [...document.querySelectorAll("main textarea, main input:not([type=hidden])")].some((field) =>
    ["checkbox", "radio"].includes(field.type) ? field.checked !== field.defaultChecked : field.value !== field.defaultValue,
  );
  const opened = [...document.querySelectorAll("main details[open]:has(form)")].some((box) => !drawnOpen.has(box));
  return typed || opened || Boolean(document.querySelector("dialog:modal, :popover-open, [data-revealed]")) || Boolean(document.fullscreenElement);
}

async function beat(opened) {
  const box = place();
  if (!box || document.hidden) return;
  const body = new FormData();
  body.set("version", box.dataset.version);
  if (opened && "mayWork" in box.dataset) body.set("opened", "1");
  body.set("csrfmiddlewaretoken", document.querySelector('meta[name="csrf-token"]').content);
  let answer;
  try {
    answer = await fetch(box.dataset.url, { method: "POST", body, headers: { "HX-Request": "true" } });
  } catch {
    return; // The next beat tries again.
  }
  if (!answer.ok || answer.redirected) return;
  const parsed = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-presence]");
  if (!parsed || place() !== box || box.contains(document.activeElement)) return;
  parsed.dataset.version = box.dataset.version; // What was drawn stays the measure of what is new.
  renew(box, parsed);
}

/** Part by part, so that a live region stays the same element and is read out. */
function renew(box, parsed) {
  const news = box.querySelector(".presence__news");
  const fresh = parsed.querySelector(".presence__news");
  if (news.textContent.trim() !== fresh.textContent.trim()) news.replaceChildren(...fresh.childNodes);
  for (const name of [".presence__claim", ".presence__others"]) {
    const [old, now] = [box.querySelector(name), parsed.querySelector(name)];
    if (old && now && old.textContent === now.textContent) continue;
    if (old && now) old.replaceWith(now);
    else if (old) old.remove();
    else if (now) box.append(now);
  }
  const actions = document.querySelector("span[data-case-actions]");
  const wanted = parsed.querySelector("template[data-case-actions]");
  if (actions && wanted && !actions.contains(document.activeElement)) {
    actions.replaceChildren(...wanted.content.childNodes);
    globalThis.htmx?.process(actions);
  }
}

beat(true);
setInterval(() => beat(false), EVERY_MS);
document.addEventListener("visibilitychange", () => beat(false));

// The case moved on while nobody was typing: show it as it is.
document.addEventListener("htmx:after:swap", () => {
  if (document.querySelector("[data-has-moved]") && !isBusy()) location.reload();
});
