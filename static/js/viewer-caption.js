// What the viewer says of itself: caption, place, zoom, film strip, and one line for a screen reader. The words come from
// the template, by data-say-... on the root.

const SAY_AFTER_MS = 400;

export class Caption {
  constructor(root, items) {
    this.root = root;
    this.items = items;
    this.caption = root.querySelector("[data-caption]");
    this.status = root.querySelector("[data-status]");
    this.film = root.querySelector("[data-film]");
  }

  /** Name the page shown in `pane`, and mark it and those in the `other` panes in the film strip. */
  name(pane, other) {
    const { caption, label, meta } = pane.item.dataset;
    const more = meta.startsWith(`${label} · `) ? meta.slice(label.length + 3) : meta;
    const bold = Object.assign(document.createElement("b"), { textContent: caption });
    this.caption.replaceChildren(bold, more ? ` · ${more}` : "");
    this.caption.title = more ? `${caption} · ${more}` : caption;
    for (const item of this.items) {
      item.setAttribute("aria-current", String(item === pane.item));
      item.classList.toggle("is-beside", other.some((each) => each.item === item));
    }
    for (const each of [pane, ...other]) each.choice.value = String(this.items.indexOf(each.item));
    this.root.querySelector("[data-position]").textContent = this.position(pane);
    // Only the film strip moves, never the page.
    this.film.scrollLeft = pane.item.offsetLeft - this.film.offsetLeft - (this.film.clientWidth - pane.item.offsetWidth) / 2;
  }

  zoom(pane) {
    this.root.querySelector("[data-zoom]").textContent = percent(pane);
  }

  /** Say it politely, once it has come to rest. */
  say(pane, other, { loupe, light }) {
    clearTimeout(this.saying);
    this.saying = setTimeout(() => {
      const parts = [pane.item.dataset.caption, this.position(pane)];
      if (pane.isReady) parts.push(this.words("zoom", { percent: percent(pane) }));
      if (pane.isReady && pane.rotation) parts.push(this.words("turned", { degrees: pane.rotation }));
      for (const each of other) parts.push(this.words("beside", { document: each.item.dataset.caption }));
      if (loupe) parts.push(this.words("loupe"));
      if (light) parts.push(this.words("light"));
      this.status.textContent = parts.join(", ");
    }, SAY_AFTER_MS);
  }

  position(pane) {
    return this.words("position", { number: this.items.indexOf(pane.item) + 1, count: this.items.length });
  }

  words(name, values = {}) {
    const text = this.root.getAttribute(`data-say-${name}`) ?? "";
    return text.replace(/\{(\w+)\}/g, (_all, key) => values[key] ?? "");
  }
}

function percent(pane) {
  return `${Math.round(100 * pane.zoom)} %`;
}
