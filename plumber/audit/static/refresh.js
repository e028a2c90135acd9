// Keeps the page young without losing the place: only what has changed is exchanged, and scroll
// positions, the focus, what is folded out and what is typed stay. Without it the page is whole.
"use strict";

const PERIOD = 30000; // milliseconds
const PARTS = ["live", "rows"];

function place(part) {
  const focus = part.contains(document.activeElement) ? document.activeElement : null;
  return {
    open: [...part.querySelectorAll("details[open]")].map((one) => one.id),
    scrolled: [...part.querySelectorAll(".scroll")].map((one) => one.scrollLeft),
    focused: focus && [focus.tagName, focus.getAttribute("href"), focus.getAttribute("aria-label")],
  };
}

function putBack(part, was) {
  for (const id of was.open) {
    const one = part.querySelector("#" + id);
    if (one) one.open = true;
  }
  part.querySelectorAll(".scroll").forEach((one, index) => {
    one.scrollLeft = was.scrolled[index] || 0;
  });
  if (!was.focused) return;
  const [tag, href, label] = was.focused;
  const same = [...part.querySelectorAll(tag)].find(
    (one) => one.getAttribute("href") === href && one.getAttribute("aria-label") === label,
  );
  if (same) same.focus({ preventScroll: true });
}

function exchange(id, fresh) {
  const part = document.getElementById(id);
  const young = fresh.getElementById(id);
  if (!part || !young || part.innerHTML === young.innerHTML) return;
  const was = place(part);
  part.replaceChildren(...young.childNodes);
  putBack(part, was);
}

async function refresh() {
  const isMarked = !document.getSelection().isCollapsed; // somebody copies something
  if (document.hidden || isMarked) return;
  const answer = await fetch(location.href, { cache: "no-store" });
  if (!(answer.headers.get("content-type") || "").startsWith("text/html")) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const [x, y] = [scrollX, scrollY];
  PARTS.forEach((id) => exchange(id, fresh));
  document.title = fresh.title;
  scrollTo(x, y);
}

setInterval(() => refresh().catch(() => {}), PERIOD); // the next one may be answered
