// Brightness, contrast, greys and inversion of all that the viewer shows. They hold until put back or the page is left.

export class Light {
  /** `changed()` is called after each change. */
  constructor(root, changed) {
    this.root = root;
    this.panel = root.querySelector("[data-light]");
    this.button = root.querySelector('[data-tool="light"]');
    this.chip = root.querySelector("[data-altered]");
    this.changed = changed;
    this.panel.addEventListener("input", () => this.apply());
    this.panel.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.open(false);
    });
  }

  get isOpen() {
    return !this.panel.hidden;
  }

  /** Open or close the panel; the focus goes in, and back to its button. */
  open(isOpen) {
    this.panel.hidden = !isOpen;
    this.button.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) this.input("brightness").focus({ preventScroll: true });
    else this.button.focus({ preventScroll: true });
  }

  input(name) {
    return this.panel.querySelector(`[data-light-${name}]`);
  }

  get isAltered() {
    return this.values.brightness !== 100 || this.values.contrast !== 100 || this.values.grey || this.values.inverted;
  }

  get values() {
    return {
      brightness: this.input("brightness").valueAsNumber,
      contrast: this.input("contrast").valueAsNumber,
      grey: this.input("grey").checked,
      inverted: this.input("invert").checked,
    };
  }

  invert() {
    this.input("invert").checked = !this.input("invert").checked;
    this.apply();
  }

  reset() {
    for (const name of ["brightness", "contrast"]) this.input(name).value = "100";
    for (const name of ["grey", "invert"]) this.input(name).checked = false;
    this.apply();
  }

  apply() {
    const { brightness, contrast, grey, inverted } = this.values;
    const filters = [`brightness(${brightness / 100})`, `contrast(${contrast / 100})`];
    if (grey) filters.push("grayscale(1)");
    if (inverted) filters.push("invert(1)");
    if (this.isAltered) this.root.style.setProperty("--viewer-light", filters.join(" "));
    else this.root.style.removeProperty("--viewer-light");
    for (const name of ["brightness", "contrast"]) {
      const text = `${this.values[name]} %`;
      this.panel.querySelector(`[data-light-value="${name}"]`).textContent = text;
      this.input(name).setAttribute("aria-valuetext", text);
    }
    this.button.classList.toggle("is-on", this.isAltered);
    this.chip.hidden = !this.isAltered;
    this.changed();
  }
}
