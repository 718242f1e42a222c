"use strict";
const NAME = "COOKIE=";
const shown = () => {
  const found = document.cookie.split("; ").find((pair) => pair.startsWith(NAME));
  return found ? found.slice(NAME.length) : "";
};
const compare = async (asked, origin) => {
  const cut = typeof asked === "string" ? asked.lastIndexOf(" ") : -1;
  const given = cut > 0 ? asked.slice(cut + 1) : "";
  const dot = given.lastIndexOf(".");
  if (dot < 1 || asked.length > 1024) return "error";
  const state = shown();
  // Where frames of other sites see no cookies nobody can say; "changed" would be asked for ever.
  if (!state && document.hasStorageAccess && !(await document.hasStorageAccess())) return "error";
  const salt = given.slice(dot + 1);
  const text = [asked.slice(0, cut), origin, state, salt].join(" ");
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const hex = Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0"));
  return hex.join("") + "." + salt === given ? "unchanged" : "changed";
};
addEventListener("message", async (event) => {
  if (!event.source || event.origin === "null") return;
  const answer = await compare(event.data, event.origin).catch(() => "error");
  event.source.postMessage(answer, event.origin);
});
