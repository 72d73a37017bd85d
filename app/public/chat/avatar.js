import { make } from "../dom/make.js";

/** A picture where there is one that a browser may fetch, else the name's beginning in a colour that its owner keeps. */
export function makeAvatar(id, name, image) {
  const avatar = make("span", "avatar", initialsOf(name));
  avatar.setAttribute("aria-hidden", "true");
  avatar.style.setProperty("--hue", String(hueOf(id)));
  if (isPicture(image)) avatar.append(makePicture(image));
  return avatar;
}

export function hueOf(id) {
  let hash = 0;
  for (const character of id) hash = (hash * 31 + character.codePointAt(0)) % 360;
  return hash;
}

/** Guests differ at the end of their names. */
function initialsOf(name) {
  const guest = /^guest-.*(..)$/.exec(name)?.[1];
  const words = name.trim().split(/\s+/u);
  return (
    guest ??
    words
      .slice(0, 2)
      .map((word) => [...word][0] ?? "")
      .join("")
  );
}

function isPicture(image) {
  return typeof image === "string" && /^https?:$/.test(URL.parse(image)?.protocol ?? "");
}

/** Nobody is told where it is shown; one that cannot be had leaves the initials. */
function makePicture(image) {
  const picture = make("img");
  picture.alt = "";
  picture.referrerPolicy = "no-referrer";
  picture.loading = "lazy";
  picture.addEventListener("error", () => picture.remove());
  picture.src = image;
  return picture;
}
