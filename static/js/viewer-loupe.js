// A magnifier over a pane. It paints from the image that is shown: nothing is fetched again, no second look is recorded.

const MORE = 2.5;
const MOST = 16;
const STEP = 24;

export class Loupe {
  constructor(pane) {
    this.pane = pane;
    this.lens = pane.element.querySelector("[data-lens]");
    this.canvas = this.lens.querySelector("canvas");
    pane.stage.addEventListener("pointermove", (event) => this.isOn && this.pointTo(event));
    pane.stage.addEventListener("pointerdown", (event) => this.isOn && this.pointTo(event), { capture: true });
  }

  get isOn() {
    return !this.lens.hidden;
  }

  set isOn(isOn) {
    this.lens.hidden = !isOn;
    this.pane.setLoupe(isOn);
    this.spot = undefined;
    this.draw();
  }

  /** `moved` is called when a person moved the loupe, not when it follows. */
  pointTo(event) {
    const { stage } = this.pane;
    const corner = stage.getBoundingClientRect();
    const x = event.clientX - corner.left - stage.clientWidth / 2;
    const y = event.clientY - corner.top - stage.clientHeight / 2;
    // A finger would cover what the lens shows.
    this.lift = event.pointerType === "touch" ? this.lens.clientHeight * 0.75 : 0;
    this.lookAt(this.fromStage(x, y));
    this.moved?.(this.share);
  }

  /** One step of an arrow key, as seen on the screen. */
  step(across, down) {
    const { x, y } = this.toStage(this.spot);
    this.lift = 0;
    this.lookAt(this.fromStage(x + across * STEP, y + down * STEP));
    this.moved?.(this.share);
  }

  /** Where it looks, in shares of the image, so that the same place of another image can be looked at. */
  get share() {
    const { naturalWidth, naturalHeight } = this.pane.image;
    return { x: this.spot.x / naturalWidth, y: this.spot.y / naturalHeight };
  }

  lookAtShare({ x, y }) {
    const { naturalWidth, naturalHeight } = this.pane.image;
    this.lift = 0;
    if (this.pane.isReady) this.lookAt({ x: x * naturalWidth, y: y * naturalHeight });
  }

  lookAt({ x, y }) {
    const { naturalWidth, naturalHeight } = this.pane.image;
    this.spot = { x: Math.max(0, Math.min(x, naturalWidth)), y: Math.max(0, Math.min(y, naturalHeight)) };
    this.draw();
  }

  fromStage(stageX, stageY) {
    const { pane } = this;
    const { x: panX, y: panY } = pane.panzoom.getPan();
    const scale = pane.panzoom.getScale();
    const point = turned(stageX / scale - panX, stageY / scale - panY, -pane.rotation);
    const { naturalWidth, naturalHeight } = pane.image;
    return { x: point.x / pane.fitted + naturalWidth / 2, y: point.y / pane.fitted + naturalHeight / 2 };
  }

  toStage(spot) {
    const { pane } = this;
    const { naturalWidth, naturalHeight } = pane.image;
    const { x: panX, y: panY } = pane.panzoom.getPan();
    const scale = pane.panzoom.getScale();
    const point = turned((spot.x - naturalWidth / 2) * pane.fitted, (spot.y - naturalHeight / 2) * pane.fitted, pane.rotation);
    return { x: (point.x + panX) * scale, y: (point.y + panY) * scale };
  }

  draw() {
    const { pane, lens, canvas } = this;
    const { image, stage } = pane;
    if (!this.isOn || !pane.isReady) return;
    this.spot ??= { x: image.naturalWidth / 2, y: image.naturalHeight / 2 };
    const size = lens.clientWidth;
    const { x, y } = this.toStage(this.spot);
    const within = (value, most) => Math.max(0, Math.min(value - size / 2, most - size));
    lens.style.left = `${within(x + stage.clientWidth / 2, stage.clientWidth)}px`;
    lens.style.top = `${within(y + stage.clientHeight / 2 - (this.lift ?? 0), stage.clientHeight)}px`;
    const fine = globalThis.devicePixelRatio || 1;
    canvas.width = canvas.height = Math.round(size * fine);
    const enlarged = Math.max(1, Math.min(pane.zoom * MORE, MOST));
    const brush = canvas.getContext("2d");
    brush.fillStyle = "#0b0d12";
    brush.fillRect(0, 0, canvas.width, canvas.height);
    brush.translate(canvas.width / 2, canvas.height / 2);
    brush.rotate((pane.rotation * Math.PI) / 180);
    brush.scale(enlarged * fine, enlarged * fine);
    brush.imageSmoothingEnabled = enlarged <= 3;
    brush.drawImage(image, -this.spot.x, -this.spot.y);
  }
}

function turned(x, y, degrees) {
  const angle = (degrees * Math.PI) / 180;
  return { x: x * Math.cos(angle) - y * Math.sin(angle), y: x * Math.sin(angle) + y * Math.cos(angle) };
}
