// How far each page of a document was turned, kept in this browser: by the page's id, nothing else.

const REMEMBERED = "viewer-rotations";
const KEEP = 200;

function all() {
  try {
    return JSON.parse(localStorage.getItem(REMEMBERED)) ?? {};
  } catch {
    return {};
  }
}

export function rotationOf(id) {
  return all()[id] ?? 0;
}

export function remember(id, degrees) {
  const rotations = all();
  delete rotations[id];
  if (degrees !== 0) rotations[id] = degrees;
  try {
    localStorage.setItem(REMEMBERED, JSON.stringify(Object.fromEntries(Object.entries(rotations).slice(-KEEP))));
  } catch {
    // Without storage a rotation holds until the page is left.
  }
}
