// Builds the page into one archive of compressed files, src/web/page.tar, that bmsd carries. `node build.mjs FILE` writes
// it elsewhere. Names carry the hash of their content, so that a browser may keep them for ever. The same sources
// give the same bytes.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = new URL(".", import.meta.url).pathname;
const target = process.argv[2] ?? here + "../src/web/page.tar";

/** What is said of the dark theme holds for "auto", too, where the system is dark. */
const darkForAuto = {
  name: "dark-for-auto",
  setup: (build) =>
    build.onLoad({ filter: /style\.css$/ }, ({ path }) => {
      const css = readFileSync(path, "utf8");
      const rule = /:root\[data-theme="dark"\] (\{[^}]*\})/.exec(css);
      const auto = `@media (prefers-color-scheme: dark) { :root[data-theme="auto"] ${rule[1]} }\n`;
      const end = rule.index + rule[0].length;
      return { loader: "css", contents: css.slice(0, end) + "\n" + auto + css.slice(end) };
    }),
};

const result = await build({
  absWorkingDir: here,
  entryPoints: { page: "src/main.tsx", style: "src/style.css" },
  outdir: "out",
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022", "chrome100", "firefox100", "safari15.4"],
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  charset: "utf8",
  plugins: [darkForAuto],
  write: false,
});

const named = (content, name, end) =>
  `${name}-${createHash("sha256").update(content).digest("hex").slice(0, 10)}.${end}`;

const files = new Map();
let index = readFileSync(here + "src/index.html", "utf8").replace(/>\s+</g, "><");
const add = (mark, content, name, end) => {
  const file = named(content, name, end);
  files.set(file, Buffer.from(content));
  index = index.replace(mark, file);
};
for (const output of result.outputFiles) {
  const script = output.path.endsWith(".js");
  add(script ? "SCRIPT" : "STYLE", output.contents, script ? "page" : "style", script ? "js" : "css");
}
add("ICON", readFileSync(here + "src/icon.svg"), "icon", "svg");
files.set("index.html", Buffer.from(index.trim() + "\n"));

/** An entry of a tar archive (ustar) without time, owner or other things that differ from machine to machine. */
function entry(name, content) {
  const head = Buffer.alloc(512);
  const put = (text, at) => head.write(text, at, "latin1");
  put(name, 0);
  put("0000644\0" + "0000000\0" + "0000000\0", 100);
  put(content.length.toString(8).padStart(11, "0") + "\0" + "00000000000\0" + "        " + "0", 124);
  put("ustar\0" + "00", 257);
  const sum = head.reduce((all, byte) => all + byte, 0);
  put(sum.toString(8).padStart(6, "0") + "\0 ", 148);
  return Buffer.concat([head, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

const parts = [];
for (const name of [...files.keys()].sort()) {
  const packed = gzipSync(files.get(name), { level: 9 });
  packed[9] = 255; // the system it was packed on: unknown
  parts.push(entry(name + ".gz", packed));
  console.log(`${name} ${packed.length}`);
}
writeFileSync(target, Buffer.concat([...parts, Buffer.alloc(1024)]));
