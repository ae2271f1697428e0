// <time datetime="..." data-relative>: words such as "3 min ago" that stay true while the page is open.

const language = document.documentElement.lang || "en";
const words = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "narrow" });
const now = new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(0, "second");
const units = [["day", 86400], ["hour", 3600], ["minute", 60]];

function inWords(seconds) {
  for (const [unit, size] of units) {
    if (Math.abs(seconds) >= size) return words.format(Math.trunc(seconds / size), unit);
  }
  return language.startsWith("en") ? (seconds > 0 ? "in a moment" : "just now") : now;
}

function refresh() {
  for (const element of document.querySelectorAll("time[data-relative]")) {
    const at = Date.parse(element.dateTime);
    if (Number.isNaN(at)) continue;
    if (!element.title) element.title = `${element.textContent.trim()} · ${inUtc(at)}`;
    element.textContent = inWords((at - Date.now()) / 1000);
  }
}

function inUtc(at) {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

// Every other time says on hover what it is in UTC.
function name() {
  for (const element of document.querySelectorAll("time[datetime]:not([title], [data-relative])")) {
    const at = element.dateTime.includes("T") ? Date.parse(element.dateTime) : NaN;
    if (!Number.isNaN(at)) element.title = inUtc(at);
  }
}

refresh();
name();
setInterval(refresh, 30_000);
document.addEventListener("htmx:after:swap", () => {
  refresh();
  name();
});
