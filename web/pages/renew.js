/**
 * Owns showing something anew where it was shown before: only what differs is put in.
 * Invariant: what looks the same stays the same element, so focus, selection and place survive.
 * Whatever acts for one thing among many names it (`data-of`), or the act of another that looks
 * like it would stay in its place.
 */

/** These hold others and nothing else: what is the same in them stays. A row is one thing. */
const HOLDERS = new Set(['DIV', 'SECTION', 'TABLE', 'TBODY', 'DL']);

/** @param {Element} place @param {Node[]} parts what it is to hold */
export function renew(place, parts) {
  const old = [...place.childNodes];
  parts.forEach((part, i) => {
    const before = old[i];
    if (!before) place.append(part);
    else renewOne(before, part);
  });
  for (const beyond of old.slice(parts.length)) beyond.remove();
}

/** @param {ChildNode} before @param {Node} part */
function renewOne(before, part) {
  if (before.isEqualNode(part)) return;
  const isHolder = before instanceof Element && part instanceof Element && HOLDERS.has(before.tagName)
    && before.cloneNode(false).isEqualNode(part.cloneNode(false));
  if (isHolder) renew(before, [...part.childNodes]);
  else before.replaceWith(part);
}
