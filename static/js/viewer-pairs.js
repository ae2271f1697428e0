// Which page goes beside which: front and back, the document and the selfie, our file and the provider's copy of it.

const PORTRAIT_SIDES = ["front", "document"];

/** The item that a person most likely wants beside `item`: another one of `items`, or undefined when there is none. */
export function partnerOf(item, items) {
  const others = items.filter((other) => other !== item);
  const wanted = [
    (other) => isOtherSide(item, other) && isSameCopy(item, other),
    (other) => isPortraitPair(item, other) && isSameCopy(item, other),
    (other) => isOtherSide(item, other) || isPortraitPair(item, other),
    (other) => isOtherCopy(item, other) && other.dataset.origin !== item.dataset.origin,
    (other) => isOtherCopy(item, other),
  ];
  const own = others.filter((other) => other.dataset.group === item.dataset.group);
  for (const among of [own, others]) {
    for (const fits of wanted) {
      const found = among.find(fits);
      if (found) return found;
    }
  }
  const place = items.indexOf(item);
  return items[place + 1] ?? items[place - 1];
}

function isOtherSide({ dataset: one }, { dataset: other }) {
  return [one.slot, other.slot].sort().join() === "back,front";
}

function isPortraitPair({ dataset: one }, { dataset: other }) {
  const hasSide = (slot) => PORTRAIT_SIDES.includes(slot);
  return (hasSide(one.slot) && other.slot === "selfie") || (one.slot === "selfie" && hasSide(other.slot));
}

function isSameCopy({ dataset: one }, { dataset: other }) {
  return one.origin === other.origin && one.variant === other.variant;
}

function isOtherCopy({ dataset: one }, { dataset: other }) {
  return one.slot !== "" && one.slot === other.slot && one.page === other.page && !isSameCopy({ dataset: one }, { dataset: other });
}
