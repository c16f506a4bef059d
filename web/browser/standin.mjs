// Serves the built page with batteries that never change by themselves, for pictures and for what a real installation
// seldom shows. What the page and the daemon do together is tested against the daemon.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { settings } from "./batteries.mjs";

const types = { html: "text/html; charset=utf-8", js: "text/javascript", css: "text/css", svg: "image/svg+xml" };

/** name -> compressed content */
export function unpack(tar) {
  const files = new Map();
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const name = tar.toString("latin1", at, at + 100).replace(/\0.*/s, "");
    const size = parseInt(tar.toString("latin1", at + 124, at + 135), 8);
    files.set(name.replace(/\.gz$/, ""), tar.subarray(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}

export class StandIn {
  constructor(archive, batteries) {
    this.files = unpack(readFileSync(archive));
    this.batteries = batteries;
    this.streams = new Set();
    this.session = { version: "test", logged_in: false, password_set: true, read_login: false };
    this.server = createServer((request, reply) => this.answer(request, reply));
  }

  async start(port = 0) {
    await new Promise((done) => this.server.listen(port, "127.0.0.1", done));
    this.address = `http://127.0.0.1:${this.server.address().port}/`;
    return this;
  }

  stop() {
    this.server.close();
    this.server.closeAllConnections();
  }

  send(kind, data) {
    for (const stream of this.streams) stream.write(`event: ${kind}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  json(reply, value, status = 200) {
    reply.writeHead(status, { "Content-Type": "application/json" });
    reply.end(JSON.stringify(value));
  }

  answer(request, reply) {
    const path = request.url.slice(1).replace(/\?.*/, "");
    if (path === "api/v1/session") return this.json(reply, this.session);
    if (path === "api/v1/settings") return this.json(reply, settings);
    if (path === "api/v1/live") {
      reply.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
      this.streams.add(reply);
      request.on("close", () => this.streams.delete(reply));
      this.send("hello", { version: "test", batteries: this.batteries.map(({ id }) => id) });
      for (const battery of this.batteries) this.send("battery", battery);
      return undefined;
    }
    const file = this.files.get(path || "index.html");
    if (!file) return this.json(reply, { error: "there is nothing here" }, 404);
    reply.writeHead(200, {
      "Content-Type": types[(path || "index.html").split(".").pop()],
      "Content-Encoding": "gzip",
      "Content-Security-Policy": "default-src 'self'",
    });
    return reply.end(file);
  }
}
