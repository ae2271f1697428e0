// A box with data-select-all="name", in a table's head or in a group, ticks every box of that name in it.

document.addEventListener("change", (event) => {
  const name = event.target.dataset?.selectAll;
  const table = event.target.closest("table, [data-select-group]");
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
