// Asking again: the text follows the way the customer answers, what to ask for follows the file that is wrong.
// Without this file both stay as they are chosen, and the service names what does not go together.

const form = document.getElementById("ask-form");
const field = (name) => form.querySelector(`select[name=${name}]`);

/** Texts that go with the way alone, the one in the same language chosen when the last does not fit. */
function fitTexts() {
  const way = form.querySelector("input[name=way]:checked")?.value ?? "";
  const fits = way.startsWith("MESSAGE") ? "MESSAGE" : "ADDRESS";
  const texts = field("template");
  const before = texts.selectedOptions[0];
  for (const option of texts.options) option.hidden = option.disabled = option.dataset.fits !== fits;
  for (const group of texts.querySelectorAll("optgroup")) group.hidden = [...group.children].every((option) => option.disabled);
  if (!before?.disabled) return;
  const open = [...texts.options].filter((option) => !option.disabled);
  const next = open.find((option) => option.dataset.language === before.dataset.language) ?? open[0];
  if (next) next.selected = true;
}

let suggested = "";
function suggestItem() {
  const item = field("item");
  const wanted = field("wrong").selectedOptions[0]?.dataset.item ?? "";
  if (!wanted || (item.value && item.value !== suggested)) return;
  item.value = suggested = wanted;
}

if (form) {
  fitTexts();
  // Before the preview is asked for, which listens to the same change further out.
  form.addEventListener(
    "change",
    (event) => {
      if (event.target.name === "way") fitTexts();
      if (event.target.name === "wrong") suggestItem();
    },
    { capture: true },
  );
}
