// Sealed values: opens the small form that asks for the purpose, and takes a revealed value back after its time.

function place(popover, button) {
  const at = button.getBoundingClientRect();
  const width = popover.offsetWidth;
  const height = popover.offsetHeight;
  const below = at.bottom + 6 + height < window.innerHeight;
  popover.style.left = `${Math.max(8, Math.min(at.left, window.innerWidth - width - 8))}px`;
  popover.style.top = `${below ? at.bottom + 6 : Math.max(8, at.top - height - 6)}px`;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-reveal-open]");
  if (button) {
    const popover = button.closest("[data-sealed]").querySelector("[popover]");
    popover.showPopover({ source: button });
    place(popover, button);
    popover.querySelector("select, button")?.focus();
  }
  const hide = event.target.closest("[data-reveal-hide]");
  if (hide) mask(hide.closest("[data-revealed]"));
});

/** Puts the masked form back: the value leaves the page, not only the eye. */
function mask(element) {
  const masked = element.querySelector("template").content.firstElementChild.cloneNode(true);
  const hadFocus = element.contains(document.activeElement);
  element.replaceWith(masked);
  globalThis.htmx?.process(masked);
  if (hadFocus) masked.querySelector("button")?.focus();
}

const HIDDEN_SECONDS = 5;
let hiddenAt = 0;

function tick() {
  const isAway = hiddenAt && Date.now() - hiddenAt >= HIDDEN_SECONDS * 1000;
  for (const element of document.querySelectorAll("[data-revealed]")) {
    element.revealedUntil ??= Date.now() + Number(element.dataset.revealed) * 1000;
    const left = Math.ceil((element.revealedUntil - Date.now()) / 1000);
    if (left <= 0 || isAway) mask(element);
    else element.querySelector("[data-seconds-left]").textContent = `${left} s`;
  }
}

/** A page that refreshes itself waits while somebody chooses a purpose or reads a revealed value in it. */
document.addEventListener("htmx:before:request", (event) => {
  const source = event.detail?.ctx?.sourceElement;
  if (source?.getAttribute("hx-trigger")?.startsWith("every") && source.querySelector(":popover-open, [data-revealed], :focus-visible:not(a, button)")) event.preventDefault();
});

const maskAll = () => document.querySelectorAll("[data-revealed]").forEach(mask);

setInterval(tick, 250);
// A page that nobody sees, a printout and a page kept in the back-forward cache hold no revealed value.
document.addEventListener("visibilitychange", () => {
  tick();
  hiddenAt = document.hidden ? Date.now() : 0;
});
for (const event of ["pagehide", "beforeprint"]) window.addEventListener(event, maskAll);
document.addEventListener("freeze", maskAll);
