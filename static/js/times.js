// <time datetime="..." data-relative>: words such as "3 min ago" that stay true while the page is open.

const words = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "narrow" });
const units = [["day", 86400], ["hour", 3600], ["minute", 60]];

function inWords(seconds) {
  for (const [unit, size] of units) {
    if (Math.abs(seconds) >= size) return words.format(Math.trunc(seconds / size), unit);
  }
  return seconds > 0 ? "in a moment" : "just now";
}

function refresh() {
  for (const element of document.querySelectorAll("time[data-relative]")) {
    const at = Date.parse(element.dateTime);
    if (Number.isNaN(at)) continue;
    if (!element.title) element.title = element.textContent.trim();
    element.textContent = inWords((at - Date.now()) / 1000);
  }
}

refresh();
setInterval(refresh, 30_000);
document.addEventListener("htmx:after:swap", refresh);
