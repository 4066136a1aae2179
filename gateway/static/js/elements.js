// Elements are made of text, never of markup: nothing that a user names can become a tag.

/** Return an element with text, or with children. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.map((child) => (child instanceof Node ? child : String(child))));
  return made;
}

/** Return decimal text with its thousands separated. */
export function grouped(text) {
  if (text === null || text === undefined) return "—";
  const [whole, part] = String(text).split(".");
  const shown = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return part ? `${shown}.${part}` : shown;
}

/** Put text into the clipboard; where the browser lets nobody, return false. */
export async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
