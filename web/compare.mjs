// Whether two archives of the page hold the same, compressed by whatever version of zlib; and whether it is small enough.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { unpack } from "./browser/standin.mjs";

const firstView = 80_000; // bytes compressed: what the overview needs
const all = 120_000;

const [committed, built] = process.argv.slice(2).map((path) => unpack(readFileSync(path)));
const problems = [];
for (const name of new Set([...committed.keys(), ...built.keys()])) {
  const [before, now] = [committed.get(name), built.get(name)];
  if (!before || !now || !gunzipSync(before).equals(gunzipSync(now))) problems.push(`${name} differs`);
}
if (problems.length > 0) problems.push("src/web/page.tar is not what the sources give: run web/build.sh");
const size = (files) => files.reduce((sum, [, content]) => sum + content.length, 0);
const files = [...built];
const first = size(files.filter(([name]) => !name.startsWith("later-")));
console.log(`first view ${first} bytes, all ${size(files)} bytes`);
if (first > firstView) problems.push(`the first view has more than ${firstView} bytes`);
if (size(files) > all) problems.push(`the page has more than ${all} bytes`);
for (const problem of problems) console.error(problem);
process.exit(problems.length > 0 ? 1 : 0);
