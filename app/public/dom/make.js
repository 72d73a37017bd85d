/**
 * An element with a text: what others wrote never becomes markup.
 *
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function make(name, className = "", text = "") {
  const element = document.createElement(name);
  if (className !== "") element.className = className;
  element.textContent = text;
  return element;
}

/** @param {{ text: string, label?: string, className?: string, onClick: (event: MouseEvent) => void }} options */
export function makeButton({ text, label = "", className = "quiet", onClick }) {
  const button = make("button", className, text);
  button.type = "button";
  if (label !== "") button.setAttribute("aria-label", label);
  if (label !== "") button.title = label;
  button.addEventListener("click", onClick);
  return button;
}
