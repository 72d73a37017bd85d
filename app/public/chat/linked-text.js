import { make } from "../dom/make.js";

const address = /\bhttps?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]}]/giu;

/** Text in which addresses of the web can be followed; nothing else of it means anything. */
export function linkedText(text) {
  const parts = document.createDocumentFragment();
  let end = 0;
  for (const { 0: found, index } of text.matchAll(address)) {
    if (!URL.canParse(found)) continue;
    parts.append(text.slice(end, index), makeLink(found));
    end = index + found.length;
  }
  parts.append(text.slice(end));
  return parts;
}

function makeLink(url) {
  const link = make("a", "", url);
  link.href = url;
  link.target = "_blank";
  link.rel = "noopener noreferrer nofollow";
  return link;
}
