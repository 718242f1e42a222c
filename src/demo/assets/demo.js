// Sends forged identity headers with the visitor's own session, and shows what arrived. Without
// script the form does the same from the server's side, as a stranger.
"use strict";
const form = document.getElementById("forge");
if (form) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const out = document.getElementById("forged");
    const forged = {
      "Remote-User": "root",
      "REMOTE-GROUPS": "admin",
      "Remote_User": "root",
      "X-Forwarded-User": "root",
      "Doorward-Assertion": "eyJhbGciOiJub25lIn0.e30.",
    };
    const answer = await fetch("/echo", { headers: forged });
    const arrived = await answer.json();
    const list = document.createElement("ul");
    for (const [name, value] of Object.entries(forged)) {
      const item = document.createElement("li");
      const values = arrived[name.toLowerCase()] || [];
      const got = values.length ? "arrived as " + values.join(", ").slice(0, 60) : "did not arrive";
      item.textContent = `${name}: ${value.slice(0, 24)} was sent, ${got}`;
      list.append(item);
    }
    const title = document.createElement("strong");
    title.textContent = "This browser claimed to be root";
    out.replaceChildren(title, list);
  });
}
