// Keys of the document viewer while the focus is inside it. An arrow moves the loupe, or the enlarged image; where the
// image just fits it leads to the next page.

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const PAN = 60;
const TOOLS = {
  "+": "in", "=": "in", "-": "out", 0: "fit", r: "right", R: "left", c: "light", i: "invert", l: "loupe", s: "compare",
  t: "together", f: "full", PageUp: "previous", PageDown: "next",
};

/** Do what the key says; true when it said something. */
export function pressed(event, viewer) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("select, [type=range]")) return false;
  const { pane, loupe } = viewer;
  if (ARROWS[event.key]) return arrow(ARROWS[event.key], viewer);
  if (event.key === "Escape" && viewer.light.isOpen) viewer.act("light");
  else if (event.key === "Escape" && loupe.isOn) viewer.act("loupe");
  else if (/^[1-8]$/.test(event.key) && pane.isReady) pane.zoomTo(Number(event.key));
  else if (TOOLS[event.key]) viewer.act(TOOLS[event.key]);
  else return false;
  return true;
}

function arrow([across, down], viewer) {
  const { pane, loupe } = viewer;
  if (pane.isReady && loupe.isOn) loupe.step(across, down);
  else if (pane.isReady && pane.zoom > pane.fitted * 1.002) pane.panBy(-across * PAN, -down * PAN);
  else if (across) viewer.step(across);
  else return false;
  return true;
}
