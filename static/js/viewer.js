// Document viewer: its tools, and one or two panes that are worked together or apart. What a pane does is in
// viewer-pane.js; loupe, light, keys, words and the choice of the second page have files of their own.

import { Caption } from "./viewer-caption.js";
import { pressed } from "./viewer-keys.js";
import { Light } from "./viewer-light.js";
import { Loupe } from "./viewer-loupe.js";
import { partnerOf } from "./viewer-pairs.js";
import { Pane } from "./viewer-pane.js";

class Viewer {
  constructor(root) {
    this.root = root;
    this.items = [...root.querySelectorAll("[data-item]")];
    this.place = root.querySelector("[data-panes]");
    this.panes = [];
    this.together = true;
    this.caption = new Caption(root, this.items);
    this.light = new Light(root, () => this.say());
    this.pane = this.addPane(root.querySelector("[data-pane]"));
    for (const tools of root.querySelectorAll("[data-tools]")) tools.hidden = false;
    this.tool("compare").hidden = this.items.length < 2;
    this.tool("full").hidden = !document.fullscreenEnabled;
    this.listen();
    this.show(this.items[0]);
  }

  listen() {
    this.root.addEventListener("click", (event) => this.click(event));
    this.root.addEventListener("keydown", (event) => pressed(event, this) && event.preventDefault());
    const entered = (event) => {
      const pane = this.panes.find(({ element }) => element.contains(event.target));
      if (pane && pane !== this.pane) this.activate(pane);
    };
    for (const name of ["focusin", "pointerdown"]) this.root.addEventListener(name, entered, { capture: true });
    document.addEventListener("fullscreenchange", () => this.mark("full", document.fullscreenElement === this.root));
  }

  addPane(element) {
    const pane = new Pane(element, (from, what) => this.told(from, what));
    pane.loupe = new Loupe(pane);
    pane.loupe.moved = (share) => this.together && this.besides(pane).forEach((other) => other.loupe.lookAtShare(share));
    pane.choice = element.querySelector("[data-choose]");
    pane.choice.append(...this.items.map((item, index) => new Option(`${index + 1}. ${item.dataset.caption}`, String(index))));
    pane.choice.addEventListener("change", () => pane.show(this.items[Number(pane.choice.value)]));
    this.panes.push(pane);
    return pane;
  }

  tool(name) {
    return this.root.querySelector(`[data-tool="${name}"]`);
  }

  mark(name, isOn) {
    this.tool(name).setAttribute("aria-pressed", String(isOn));
  }

  besides(pane) {
    return this.panes.filter((other) => other !== pane);
  }

  get loupe() {
    return this.pane.loupe;
  }

  get isComparing() {
    return this.panes.length > 1;
  }

  show(item) {
    if (item && item !== this.pane.item) this.pane.show(item);
  }

  step(by) {
    this.show(this.items[this.items.indexOf(this.pane.item) + by]);
  }

  /** What a pane says of itself. */
  told(pane, what) {
    const { together } = this;
    if (what === "next" || what === "previous") this.step(what === "next" ? 1 : -1);
    if (what === "shown") this.activate(pane);
    if (what === "ready") pane.loupe.spot = undefined;
    if (what === "ready" && together) this.besides(pane).forEach((other) => other.isReady && other.fit());
    if (what === "viewed" && together && pane === this.pane) this.besides(pane).forEach((other) => other.follow(pane.view));
    for (const each of this.panes) each.loupe.draw();
    this.say();
  }

  activate(pane) {
    this.pane = pane;
    for (const each of this.panes) each.element.classList.toggle("is-active", this.isComparing && each === pane);
    this.caption.name(pane, this.besides(pane));
    for (const tool of this.root.querySelectorAll("[data-image-tool]")) tool.disabled = pane.item.dataset.kind !== "image";
    this.tool("previous").disabled = pane.item === this.items[0];
    this.tool("next").disabled = pane.item === this.items.at(-1);
    this.say();
  }

  say() {
    this.caption.zoom(this.pane);
    this.caption.say(this.pane, this.besides(this.pane), { loupe: this.loupe.isOn, light: this.light.isAltered });
  }

  compare() {
    if (this.isComparing) this.leaveComparison();
    else this.enterComparison();
    this.place.classList.toggle("is-comparing", this.isComparing);
    for (const { choice } of this.panes) choice.closest("[data-choice]").hidden = !this.isComparing;
    this.tool("together").hidden = !this.isComparing;
    this.mark("compare", this.isComparing);
    this.activate(this.pane);
  }

  enterComparison() {
    const first = this.pane;
    const partner = partnerOf(first.item, this.items);
    if (!partner) return;
    this.place.append(this.root.querySelector("[data-pane-template]").content.cloneNode(true));
    const second = this.addPane(this.place.lastElementChild);
    second.show(partner);
    second.loupe.isOn = first.loupe.isOn;
    this.pane = first;
  }

  /** The half that was worked in last is the one that stays: its image is not fetched again. */
  leaveComparison() {
    for (const left of this.besides(this.pane)) {
      left.image.removeAttribute("src");
      left.element.remove();
    }
    this.panes = [this.pane];
  }

  toggleLoupe() {
    const isOn = !this.loupe.isOn;
    for (const pane of this.panes) pane.loupe.isOn = isOn;
    this.mark("loupe", isOn);
    if (isOn) this.pane.stage.focus({ preventScroll: true });
    this.say();
  }

  toggleTogether() {
    if (!this.isComparing) return;
    this.together = !this.together;
    this.mark("together", this.together);
    if (this.together) this.besides(this.pane).forEach((other) => other.follow(this.pane.view));
  }

  act(tool) {
    const { pane, light } = this;
    const onImage = {
      in: () => pane.zoomBy(1),
      out: () => pane.zoomBy(-1),
      fit: () => pane.fit(),
      actual: () => pane.zoomTo(1),
      left: () => pane.turn(-90),
      right: () => pane.turn(90),
    };
    const always = {
      light: () => light.open(!light.isOpen),
      "light-reset": () => light.reset(),
      invert: () => light.invert(),
      loupe: () => this.toggleLoupe(),
      compare: () => this.compare(),
      together: () => this.toggleTogether(),
      full: () => (document.fullscreenElement ? document.exitFullscreen() : this.root.requestFullscreen?.()),
      previous: () => this.step(-1),
      next: () => this.step(1),
      retry: () => pane.show(pane.item),
    };
    if (pane.isReady) onImage[tool]?.();
    always[tool]?.();
  }

  click(event) {
    const tool = event.target.closest("[data-tool]");
    if (tool) this.act(tool.dataset.tool);
    const item = event.target.closest("[data-item]");
    if (!item || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.show(item);
  }
}

function start(scope) {
  for (const root of scope.querySelectorAll("[data-viewer]:not([data-ready])")) {
    root.dataset.ready = "";
    new Viewer(root);
  }
}

start(document);
document.addEventListener("htmx:after:swap", () => start(document));
