// Document viewer on @panzoom/panzoom (zoom and pan of a box); rotation and contrast are ours, inside the box.
//
// An image is fetched only when it is shown: each fetch is recorded as a look at a person's document.

const REMEMBERED = "viewer-rotations";
const KEEP = 200;

function rotations() {
  try {
    return JSON.parse(localStorage.getItem(REMEMBERED)) ?? {};
  } catch {
    return {};
  }
}

function remember(id, degrees) {
  const all = rotations();
  delete all[id];
  if (degrees !== 0) all[id] = degrees;
  try {
    localStorage.setItem(REMEMBERED, JSON.stringify(Object.fromEntries(Object.entries(all).slice(-KEEP))));
  } catch {
    // Without storage a rotation holds until the page is left.
  }
}

class Viewer {
  constructor(root) {
    this.root = root;
    this.stage = root.querySelector("[data-stage]");
    this.box = root.querySelector("[data-pan]");
    this.image = root.querySelector("[data-image]");
    this.items = [...root.querySelectorAll("[data-item]")];
    this.rotation = 0;
    this.index = -1;
    this.panzoom = globalThis.Panzoom(this.box, { canvas: true, maxScale: 12, minScale: 1, step: 0.25, cursor: "", animate: false, noBind: false });
    for (const tool of root.querySelectorAll("[data-tools], [data-tools] [hidden]")) tool.hidden = false;
    this.listen();
    if (this.items.length > 0) this.show(0);
  }

  listen() {
    this.root.addEventListener("click", (event) => {
      const tool = event.target.closest("[data-tool]");
      if (tool) this.act(tool.dataset.tool);
      const item = event.target.closest("[data-item]");
      if (item && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        this.show(this.items.indexOf(item));
      }
    });
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.image.addEventListener("load", () => this.ready());
    this.image.addEventListener("error", () => this.failed());
    this.stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.stage.addEventListener("dblclick", () => this.act(this.panzoom.getScale() > 1.01 ? "fit" : "actual"));
    this.box.addEventListener("panzoomchange", () => this.label());
    new ResizeObserver(() => this.lay()).observe(this.stage);
    document.addEventListener("fullscreenchange", () => this.press("full", document.fullscreenElement === this.root));
  }

  get item() {
    return this.items[this.index];
  }

  show(index) {
    if (index < 0 || index >= this.items.length || index === this.index) return;
    this.index = index;
    for (const item of this.items) item.setAttribute("aria-current", String(item === this.item));
    // Only the film strip moves, never the page.
    const film = this.item.closest("ol");
    film.scrollLeft = this.item.offsetLeft - film.offsetLeft - (film.clientWidth - this.item.offsetWidth) / 2;
    const { id, kind, caption, label } = this.item.dataset;
    const meta = this.item.dataset.meta.startsWith(`${label} · `) ? this.item.dataset.meta.slice(label.length + 3) : this.item.dataset.meta;
    this.rotation = rotations()[id] ?? 0;
    this.root.querySelector("[data-caption]").replaceChildren(Object.assign(document.createElement("b"), { textContent: caption }), meta ? ` · ${meta}` : "");
    this.root.querySelector("[data-caption]").title = meta ? `${caption} · ${meta}` : caption;
    const isImage = kind === "image";
    for (const tool of this.root.querySelectorAll("[data-image-tool]")) tool.disabled = !isImage;
    this.root.querySelector('[data-tool="previous"]').disabled = index === 0;
    this.root.querySelector('[data-tool="next"]').disabled = index === this.items.length - 1;
    this.notice(isImage ? "loading" : kind);
    this.image.removeAttribute("src");
    if (isImage) {
      this.image.alt = caption;
      this.image.src = this.item.href;
    }
  }

  notice(kind) {
    this.state = kind;
    this.stage.classList.toggle("is-loading", kind !== "");
    for (const notice of this.root.querySelectorAll("[data-notice]")) {
      notice.hidden = notice.dataset.notice !== kind;
      const download = notice.querySelector("[data-download]");
      if (download) {
        download.hidden = !this.item.dataset.downloadUrl;
        download.href = this.item.dataset.downloadUrl ?? "";
      }
    }
  }

  ready() {
    this.notice("");
    this.lay();
    this.act("fit");
  }

  failed() {
    if (this.image.hasAttribute("src")) this.notice("error");
  }

  /** Size the box to the upright image fitted into the stage, turned or not: scale 1 is "fit". */
  lay() {
    const { naturalWidth: width, naturalHeight: height } = this.image;
    if (!width || this.state !== "") return;
    const turned = this.rotation % 180 !== 0;
    const [across, down] = turned ? [height, width] : [width, height];
    const margin = 28;
    this.fitted = Math.min((this.stage.clientWidth - margin) / across, (this.stage.clientHeight - margin) / down, 4);
    this.image.style.width = `${width * this.fitted}px`;
    this.image.style.height = `${height * this.fitted}px`;
    this.image.style.transform = `translate(-50%, -50%) rotate(${this.rotation}deg)`;
    this.box.style.width = `${across * this.fitted}px`;
    this.box.style.height = `${down * this.fitted}px`;
    this.box.style.marginLeft = `${(-across * this.fitted) / 2}px`;
    this.box.style.marginTop = `${(-down * this.fitted) / 2}px`;
    this.panzoom.setOptions({ maxScale: Math.max(6, 4 / this.fitted) });
    this.label();
  }

  label() {
    const percent = Math.round(100 * this.panzoom.getScale() * (this.fitted ?? 1));
    this.root.querySelector("[data-zoom]").textContent = `${percent} %`;
  }

  press(name, on) {
    this.root.querySelector(`[data-tool="${name}"]`)?.setAttribute("aria-pressed", String(on));
  }

  turn(degrees) {
    this.rotation = (this.rotation + degrees + 360) % 360;
    remember(this.item.dataset.id, this.rotation);
    const atFit = this.panzoom.getScale() <= 1.01;
    const zoom = this.panzoom.getScale() * this.fitted;
    this.lay();
    // "Fit" stays fit; a chosen enlargement stays as large as it was.
    if (!atFit) this.panzoom.zoom(Math.max(1, zoom / this.fitted));
  }

  act(tool) {
    const acts = {
      in: () => this.panzoom.zoomIn(),
      out: () => this.panzoom.zoomOut(),
      fit: () => this.panzoom.reset(),
      actual: () => this.panzoom.zoom(Math.max(1, 1 / this.fitted)),
      left: () => this.turn(-90),
      right: () => this.turn(90),
      contrast: () => this.press("contrast", this.stage.classList.toggle("is-contrast")),
      full: () => (document.fullscreenElement ? document.exitFullscreen() : this.root.requestFullscreen?.()),
      previous: () => this.show(this.index - 1),
      next: () => this.show(this.index + 1),
      retry: () => this.again(),
    };
    const onImage = ["in", "out", "fit", "actual", "left", "right"].includes(tool);
    if (!onImage || this.state === "") acts[tool]?.();
  }

  again() {
    const index = this.index;
    this.index = -1;
    this.show(index);
  }

  wheel(event) {
    if (this.state !== "") return;
    // At "fit", rolling on towards the page's end scrolls the page.
    if (event.deltaY > 0 && this.panzoom.getScale() <= 1.001 && !event.ctrlKey) return;
    this.panzoom.zoomWithWheel(event, { step: event.ctrlKey ? 0.35 : 0.18 });
    if (this.panzoom.getScale() <= 1.001) this.panzoom.reset();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select, textarea")) return;
    const tools = { "+": "in", "=": "in", "-": "out", 0: "fit", 1: "actual", r: "right", R: "left", ArrowLeft: "previous", ArrowRight: "next", f: "full", c: "contrast" };
    const tool = tools[event.key];
    if (!tool) return;
    event.preventDefault();
    this.act(tool);
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
