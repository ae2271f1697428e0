// The form of a new session: shows the parts that belong to the account and the shape chosen, and sends no others.
// Without this file every part is there, each with a sentence that says when it counts.

const form = document.querySelector("[data-session-form]");

function chosen(name) {
  const field = form.elements.namedItem(name);
  return field?.value ?? "";
}

function show(part, wanted) {
  part.hidden = !wanted;
  part.disabled = !wanted;
}

function refresh() {
  const account = chosen("account");
  const may = (element) => (element.dataset.accounts ?? "").split(" ").includes(account);
  const capture = form.querySelector("[data-part=capture]");
  const backend = form.querySelector("input[name=shape][value=BACKEND]");
  if (backend && capture) {
    backend.disabled = !may(capture);
    if (backend.disabled && backend.checked) form.querySelector("input[name=shape][value=HOSTED]").checked = true;
    form.querySelector("[data-capture-off]").hidden = !backend.disabled;
    show(capture, chosen("shape") === "BACKEND");
  }
  const mock = form.querySelector("[data-part=mock]");
  if (mock) show(mock, may(mock));
  for (const note of form.querySelectorAll("[data-plain]")) note.hidden = true;
}

if (form) {
  form.addEventListener("change", refresh);
  window.addEventListener("pageshow", refresh);
  refresh();
}
