// What the pages in docs/apps show is what the tests beside this one run.

import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { root } from "../house.mjs";

const read = (...parts) => readFileSync(join(root, ...parts), "utf8");

for (const app of ["dokuwiki", "jupyter", "radicale", "radicale-passwords", "trac"]) {
  test(`the page on ${app} shows the files that are run, all of them and as they are`, () => {
    const [about] = app.split("-");
    const page = read("docs/apps", `${about}.md`);
    const blocks = [...page.matchAll(/^```\w+\n([\s\S]*?)^```$/gm)].map(([, text]) => text);
    const files = readdirSync(join(root, "examples", app), { recursive: true });
    const shown = files.filter((name) => statSync(join(root, "examples", app, name)).isFile());
    for (const name of shown.filter((name) => !name.endsWith(".info.txt"))) {
      assert.ok(blocks.includes(read("examples", app, name)), name);
    }
    assert.ok(shown.length > 1);
    assert.match(read("docs/apps/README.md"), new RegExp(`\\(${about}\\.md\\)`));
  });
}
