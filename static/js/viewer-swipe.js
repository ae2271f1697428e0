// A quick stroke of one finger to the left or right over an element.

const FAR = 60;

/** Call `then("next")` or `then("previous")` for a stroke that began while `when()` held. */
export function onSwipe(element, { when, then }) {
  let start;
  element.addEventListener("pointerdown", (event) => {
    // A second finger makes it a pinch.
    start = event.pointerType === "touch" && event.isPrimary && when() ? event : undefined;
  }, { capture: true });
  element.addEventListener("pointerup", (event) => {
    const began = start;
    start = undefined;
    if (began?.pointerId !== event.pointerId) return;
    const across = event.clientX - began.clientX;
    const isLevel = Math.abs(event.clientY - began.clientY) < Math.abs(across) / 2;
    if (Math.abs(across) >= FAR && isLevel) then(across < 0 ? "next" : "previous");
  }, { capture: true });
}
