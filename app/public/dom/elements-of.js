/**
 * What scripts use of the page, by id in camel case.
 *
 * @param {HTMLElement} root
 * @returns {Record<string, any>}
 */
export function elementsOf(root) {
  const found = [...root.querySelectorAll("[id]")];
  return Object.fromEntries(found.map((element) => [camelCase(element.id), element]));
}

/** @param {string} id */
const camelCase = (id) => id.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
