// A box in a table's head with data-select-all="name" ticks every box of that name in the table.

document.addEventListener("change", (event) => {
  const name = event.target.dataset?.selectAll;
  const table = event.target.closest("table");
  if (!table) return;
  if (name) {
    for (const box of table.querySelectorAll(`input[type="checkbox"][name="${CSS.escape(name)}"]`)) box.checked = event.target.checked;
    return;
  }
  const all = table.querySelector(`[data-select-all="${CSS.escape(event.target.name)}"]`);
  if (!all) return;
  const boxes = [...table.querySelectorAll(`input[type="checkbox"][name="${CSS.escape(event.target.name)}"]`)];
  all.checked = boxes.every((box) => box.checked);
  all.indeterminate = !all.checked && boxes.some((box) => box.checked);
});
