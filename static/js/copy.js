// Buttons with data-copy put their text on the clipboard and say so for a moment, in the words of the body's data.

async function write(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Plain http on another machine has no clipboard API.
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "visually-hidden";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (!done) throw new Error("The browser refused to copy.");
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const label = button.getAttribute("aria-label");
  let said = document.body.dataset.copied;
  try {
    await write(button.dataset.copy);
    button.dataset.copied = "";
  } catch {
    said = document.body.dataset.notCopied;
  }
  button.setAttribute("aria-label", said);
  button.title = said;
  setTimeout(() => {
    delete button.dataset.copied;
    if (label) button.setAttribute("aria-label", label);
    else button.removeAttribute("aria-label");
    button.removeAttribute("title");
  }, 1600);
});
