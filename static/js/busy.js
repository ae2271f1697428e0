// A form's button rests from the first click until the next page, so that nothing is sent twice by an impatient hand.

const resting = new Set();

document.addEventListener("submit", (event) => {
  const form = event.target;
  const button = event.submitter;
  if (!button || form.method === "dialog") return;
  // After the other listeners and after the browser has gathered the form's data, which includes the button's value.
  setTimeout(() => {
    if (event.defaultPrevented || form.target === "_blank" || form.matches("[data-download]")) return;
    button.disabled = true;
    button.setAttribute("aria-busy", "true");
    if (button.dataset.busyLabel) {
      button.dataset.label = button.textContent;
      button.textContent = button.dataset.busyLabel;
    }
    resting.add(button);
  });
});

window.addEventListener("pageshow", () => {
  for (const button of resting) {
    button.disabled = false;
    button.removeAttribute("aria-busy");
    if (button.dataset.label) button.textContent = button.dataset.label;
  }
  resting.clear();
});
