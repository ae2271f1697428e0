// The navigation as a drawer below 900 px: opens, keeps the focus inside, closes on Escape, outside click or a link.

const root = document.documentElement;
const drawer = document.getElementById("nav");
const opener = document.querySelector("[data-nav-open-button]");
const narrow = window.matchMedia("(max-width: 900px)");
const rest = document.querySelector(".shell__main");

function isOpen() {
  return "navOpen" in root.dataset;
}

function setOpen(open) {
  if (open) root.dataset.navOpen = "";
  else delete root.dataset.navOpen;
  opener.setAttribute("aria-expanded", String(open));
  rest.inert = open;
  if (open) drawer.querySelector("a, button").focus();
  else if (drawer.contains(document.activeElement)) opener.focus();
}

if (drawer && opener && rest) {
  opener.addEventListener("click", () => setOpen(!isOpen()));
  document.addEventListener("click", (event) => {
    if (!isOpen() || opener.contains(event.target)) return;
    if (!drawer.contains(event.target) || event.target.closest("a, [data-nav-close]")) setOpen(false);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isOpen()) setOpen(false);
  });
  narrow.addEventListener("change", () => {
    if (isOpen()) setOpen(false);
  });
}
