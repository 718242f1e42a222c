// Everything works without this file. It only adds a way to look at a password being
// typed, sends by itself a form that only carries an answer on, and goes on from a logout
// as soon as the frames in the page were loaded. Written so that old browsers and simple
// ones read all of it: what one cannot parse, it does not run at all.
"use strict";
function each(selector, act) {
  Array.prototype.forEach.call(document.querySelectorAll(selector), act);
}
each("input[data-reveals]", function (box) {
  var field = document.getElementById(box.getAttribute("data-reveals"));
  var label = box.parentNode;
  if (!field || !label) return;
  label.hidden = false;
  box.addEventListener("change", function () {
    field.type = box.checked ? "text" : "password";
  });
  if (!field.form) return;
  field.form.addEventListener("submit", function () {
    field.type = "password";
  });
});
each("form[data-submits]", function (form) {
  form.submit();
});
each("a[data-continues]", function (link) {
  function go() {
    location.replace(link.href);
  }
  addEventListener("load", go);
  setTimeout(go, 3000);
});
