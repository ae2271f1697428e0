// One half of the viewer, or all of it: shows one page of a document. @panzoom/panzoom zooms and pans the box; the
// turning inside the box is ours, so that neither undoes the other. Scale 1 is "fit"; percents are of the preview's pixels.
//
// An image is fetched only when it is shown: each fetch is recorded as a look at a person's document.

import { remember, rotationOf } from "./viewer-memory.js";
import { onSwipe } from "./viewer-swipe.js";

const MARGIN = 28;
const MOST = 8;
const PIXELATED_FROM = 3;
const IN_SIGHT = 60;

export class Pane {
  /** `tell(pane, what)`: "shown", "ready", "turned", "viewed" (zoom or place), "previous" and "next" (a swipe). */
  constructor(element, tell) {
    this.element = element;
    this.tell = (what) => tell(this, what);
    this.stage = element.querySelector("[data-stage]");
    this.box = element.querySelector("[data-pan]");
    this.image = element.querySelector("[data-image]");
    this.rotation = 0;
    this.fitted = 1;
    this.state = "loading";
    this.listen();
    const options = { canvas: true, maxScale: MOST, minScale: 1, step: 0.25, cursor: "", panOnlyWhenZoomed: true };
    this.panzoom = globalThis.Panzoom(this.box, { ...options, touchAction: "pan-y", pinchAndPan: true });
  }

  listen() {
    this.image.addEventListener("load", () => this.ready());
    this.image.addEventListener("error", () => this.image.hasAttribute("src") && this.notice("error"));
    this.stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.stage.addEventListener("dblclick", (event) => this.isReady && this.zoomTo(this.isFit ? 1 : this.fitted, event));
    this.stage.addEventListener("pointerdown", (event) => this.press(event), { capture: true });
    onSwipe(this.stage, { when: () => this.isFit && !this.hasLoupe, then: this.tell });
    this.box.addEventListener("panzoomchange", () => this.viewed());
    this.box.addEventListener("panzoomend", () => this.isReady && this.isFit && this.fit());
    new ResizeObserver(() => this.lay()).observe(this.stage);
  }

  get isReady() {
    return this.state === "";
  }

  get isFit() {
    return Math.abs(this.panzoom.getScale() - 1) < 0.002;
  }

  get zoom() {
    return this.panzoom.getScale() * this.fitted;
  }

  show(item) {
    this.item = item;
    this.rotation = rotationOf(item.dataset.id);
    const isImage = item.dataset.kind === "image";
    this.notice(isImage ? "loading" : item.dataset.kind);
    this.image.removeAttribute("src");
    if (isImage) {
      this.image.alt = item.dataset.caption;
      this.image.src = item.href;
    }
    this.tell("shown");
  }

  notice(state) {
    this.state = state;
    this.stage.classList.toggle("is-loading", state !== "");
    for (const notice of this.stage.querySelectorAll("[data-notice]")) {
      notice.hidden = notice.dataset.notice !== state;
      const download = notice.querySelector("[data-download]");
      if (!download) continue;
      download.hidden = !this.item.dataset.downloadUrl;
      download.href = this.item.dataset.downloadUrl ?? "";
    }
  }

  ready() {
    this.notice("");
    this.lay();
    this.fit();
    this.tell("ready");
  }

  /** Size the box to the upright image fitted into the stage, turned or not. */
  lay() {
    const { naturalWidth: width, naturalHeight: height } = this.image;
    const { clientWidth, clientHeight } = this.stage;
    if (!width || !clientWidth || !this.isReady) return;
    const [across, down] = this.rotation % 180 === 0 ? [width, height] : [height, width];
    const room = Math.min((clientWidth - MARGIN) / across, (clientHeight - MARGIN) / down);
    this.fitted = Math.max(0.01, Math.min(room, 4));
    this.size = { width: across * this.fitted, height: down * this.fitted };
    const { image, box, size } = this;
    image.style.width = `${width * this.fitted}px`;
    image.style.height = `${height * this.fitted}px`;
    image.style.transform = `translate(-50%, -50%) rotate(${this.rotation}deg)`;
    box.style.width = `${size.width}px`;
    box.style.height = `${size.height}px`;
    box.style.marginLeft = `${-size.width / 2}px`;
    box.style.marginTop = `${-size.height / 2}px`;
    this.panzoom.setOptions({ minScale: Math.min(1, 1 / this.fitted), maxScale: Math.max(1, MOST / this.fitted) });
    this.viewed();
  }

  /** Zoom or place changed: the image stays in sight, large pixels stay sharp, a swipe means what it can mean. */
  viewed() {
    if (!this.isReady || !this.size) return;
    const scale = this.panzoom.getScale();
    const { x, y } = this.panzoom.getPan();
    const most = {
      x: ((this.size.width * scale + this.stage.clientWidth) / 2 - IN_SIGHT) / scale,
      y: ((this.size.height * scale + this.stage.clientHeight) / 2 - IN_SIGHT) / scale,
    };
    const [inX, inY] = [Math.max(-most.x, Math.min(x, most.x)), Math.max(-most.y, Math.min(y, most.y))];
    if (inX !== x || inY !== y) this.panzoom.pan(inX, inY, { silent: true, force: true });
    this.image.classList.toggle("is-pixelated", this.zoom > PIXELATED_FROM);
    this.gestures();
    this.tell("viewed");
  }

  /** At "fit" a finger scrolls the page up and down; an enlarged image, or a loupe, takes the finger for itself. */
  gestures() {
    const touchAction = this.isFit && !this.hasLoupe ? "pan-y" : "none";
    if (this.stage.style.touchAction !== touchAction) this.panzoom.setOptions({ touchAction });
    this.stage.classList.toggle("is-fit", this.isFit);
  }

  setLoupe(isOn) {
    this.hasLoupe = isOn;
    this.panzoom.setOptions({ disablePan: isOn });
    this.gestures();
  }

  fit() {
    this.panzoom.reset({ animate: false, force: true });
  }

  /** To a share of the preview's pixels (1 is 100 %), around `point` (with clientX, clientY) or the middle. */
  zoomTo(zoom, point) {
    const isBelowLeast = zoom < this.fitted && this.fitted <= 1;
    if (isBelowLeast || Math.abs(zoom - this.fitted) < 0.001) this.fit();
    else if (point) this.panzoom.zoomToPoint(zoom / this.fitted, point, { animate: false });
    else this.panzoom.zoom(zoom / this.fitted, { animate: false });
  }

  zoomBy(steps) {
    const scale = this.panzoom.getScale() * Math.exp(0.25 * steps);
    this.zoomTo((Math.abs(scale - 1) < 0.03 ? 1 : scale) * this.fitted);
  }

  panBy(across, down) {
    const scale = this.panzoom.getScale();
    this.panzoom.pan(across / scale, down / scale, { relative: true, force: true, animate: false });
  }

  turn(degrees) {
    const zoom = this.zoom;
    const wasFit = this.isFit;
    this.rotation = (this.rotation + degrees + 360) % 360;
    remember(this.item.dataset.id, this.rotation);
    this.lay();
    // "Fit" stays fit; a chosen enlargement stays as large as it was.
    if (!wasFit) this.zoomTo(zoom);
    this.tell("turned");
  }

  /** What of the image is seen, in shares of the fitted image: the other half can follow it. */
  get view() {
    const { x, y } = this.panzoom.getPan();
    return { scale: this.panzoom.getScale(), x: x / (this.size?.width ?? 1), y: y / (this.size?.height ?? 1) };
  }

  follow({ scale, x, y }) {
    if (!this.isReady || !this.size) return;
    const quietly = { silent: true, force: true, animate: false };
    this.panzoom.zoom(scale, quietly);
    this.panzoom.pan(x * this.size.width, y * this.size.height, quietly);
    this.image.classList.toggle("is-pixelated", this.zoom > PIXELATED_FROM);
    this.gestures();
  }

  wheel(event) {
    if (!this.isReady) return;
    const scale = this.panzoom.getScale();
    // At "fit", rolling on towards the page's end scrolls the page.
    if (event.deltaY > 0 && scale <= 1.001 && !event.ctrlKey) return;
    this.panzoom.zoomWithWheel(event, { step: event.ctrlKey ? 0.35 : 0.18 });
    if (scale > 1.001 && this.panzoom.getScale() <= 1.001) this.fit();
  }

  /** The library keeps a pressed stage from taking the focus; the keys need it there. */
  press(event) {
    if (!event.target.closest("button, a")) this.stage.focus({ preventScroll: true });
  }
}
