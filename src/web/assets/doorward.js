// Everything works without this file. It only adds a way to look at a password being
// typed, sends by itself a form that only carries an answer on, and goes on from a logout
// as soon as the frames in the page were loaded.
"use strict";
for (const box of document.querySelectorAll("input[data-reveals]")) {
  const field = document.getElementById(box.dataset.reveals);
  const label = box.closest("label");
  if (!field || !label) continue;
  label.hidden = false;
  box.addEventListener("change", () => {
    field.type = box.checked ? "text" : "password";
  });
  field.form?.addEventListener("submit", () => {
    field.type = "password";
  });
}
for (const form of document.querySelectorAll("form[data-submits]")) {
  form.requestSubmit();
}
for (const link of document.querySelectorAll("a[data-continues]")) {
  const go = () => location.replace(link.href);
  addEventListener("load", go);
  setTimeout(go, 3000);
}
