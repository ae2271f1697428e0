// Deciding: the draft of a rationale outlives a conflict or a detour, and reasons are narrowed to what is decided.
// Without this file the list holds all reasons under their outcomes, and the service refuses one of another outcome.

const panel = document.querySelector("[data-decision]");
const form = panel?.querySelector("[data-decision-form]");
const slot = panel ? `decision:${panel.dataset.decision}` : "";

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(slot) ?? "null");
  } catch {
    return null;
  }
}

function keep() {
  const draft = { latest: panel.dataset.latest, reason: form.elements.reason.value, rationale: form.elements.rationale.value };
  if (draft.reason || draft.rationale) sessionStorage.setItem(slot, JSON.stringify(draft));
  else sessionStorage.removeItem(slot);
}

function restore() {
  const draft = kept();
  // Once somebody has decided, the draft was used or overtaken; a conflict page has its text from the server.
  if (!draft || draft.latest !== panel.dataset.latest) return sessionStorage.removeItem(slot);
  if (!form.elements.rationale.value) form.elements.rationale.value = draft.rationale;
  if (!form.elements.reason.value) form.elements.reason.value = draft.reason;
}

function narrow(outcome) {
  for (const group of form.elements.reason.querySelectorAll("optgroup")) {
    group.hidden = group.disabled = group.dataset.outcome !== outcome;
  }
}

function decide(event) {
  const outcome = event.target.closest("button[name=outcome]")?.value;
  if (!outcome) return;
  const select = form.elements.reason;
  const chosen = select.selectedOptions[0]?.closest("optgroup")?.dataset.outcome;
  if (chosen === outcome) return;
  event.preventDefault();
  select.value = "";
  narrow(outcome);
  const say = form.querySelector("[data-decision-say]");
  say.textContent = say.dataset.say;
  select.focus();
}

function chosen() {
  form.querySelector("[data-decision-say]").textContent = "";
  keep();
}

if (form) {
  restore();
  form.addEventListener("click", decide);
  form.elements.reason.addEventListener("change", chosen);
  form.elements.rationale.addEventListener("input", keep);
  // A list that was narrowed for one decision is whole again when it is opened for another.
  form.elements.rationale.addEventListener("focus", () => {
    if (form.elements.reason.value) return;
    for (const group of form.elements.reason.querySelectorAll("optgroup")) group.hidden = group.disabled = false;
  });
} else if (panel) {
  sessionStorage.removeItem(slot);
}
