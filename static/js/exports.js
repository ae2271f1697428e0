// A page that follows an export asks only while somebody looks at it, and says when no answer comes.

const place = document.getElementById("export-offline");
const isPoll = (event) => ["live", "exports"].includes(event.detail.ctx?.sourceElement?.id);

function tell(words) {
  if (place.textContent === words) return;
  place.textContent = words;
  place.hidden = !words;
}

document.addEventListener("htmx:before:request", (event) => {
  if (isPoll(event) && document.hidden) event.preventDefault();
});
document.addEventListener("htmx:before:response", (event) => {
  if (!isPoll(event)) return;
  const { raw } = event.detail.ctx.response;
  if (raw.ok && !raw.redirected) return tell("");
  event.preventDefault();
  tell(raw.redirected ? place.dataset.signedOut : place.dataset.offline);
});
document.addEventListener("htmx:error", (event) => {
  if (isPoll(event)) tell(place.dataset.offline);
});
