// What was done stands on the next page from its start, and no screen reader says what a live region holds from the
// start: the messages are kept from it until the page is read, so that they come as news.

const LATER_MS = 400;
const lines = [...document.querySelectorAll("#messages > .alert > div")];

for (const line of lines) line.setAttribute("aria-hidden", "true");
if (lines.length > 0) {
  setTimeout(() => {
    for (const line of lines) line.removeAttribute("aria-hidden");
  }, LATER_MS);
}
