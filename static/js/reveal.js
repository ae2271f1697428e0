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

function tick() {
  for (const element of document.querySelectorAll("[data-revealed]")) {
    element.revealedUntil ??= Date.now() + Number(element.dataset.revealed) * 1000;
    const left = Math.ceil((element.revealedUntil - Date.now()) / 1000);
    if (left <= 0) mask(element);
    else element.querySelector("[data-seconds-left]").textContent = `${left} s`;
  }
}

/** A page that refreshes itself waits while somebody chooses a purpose or reads a revealed value in it. */
document.addEventListener("htmx:before:request", (event) => {
  const source = event.detail?.ctx?.sourceElement;
  if (source?.getAttribute("hx-trigger")?.startsWith("every") && source.querySelector(":popover-open, [data-revealed], :focus-visible:not(a, button)")) event.preventDefault();
});

setInterval(tick, 250);
// A page kept in the back-forward cache must not bring a revealed value back.
window.addEventListener("pagehide", () => document.querySelectorAll("[data-revealed]").forEach(mask));
