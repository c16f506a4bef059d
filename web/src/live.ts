// The stream of /api/v1/live, kept open while the page is seen. A connection that dies without a word is found by
// asking; one that is lost is tried again for ever.
import { getSession } from "./api";
import { connection, heard, session, take, tick } from "./store";

const silentAfter = 8000; // ms without an event before the server is asked whether it is there
const tryAgainAfter = [1000, 2000, 4000, 5000];

let source: EventSource | undefined;
let again: ReturnType<typeof setTimeout> | undefined;
let tries = 0;
let asking = false;
let version = "";

function close() {
  clearTimeout(again);
  source?.close();
  source = undefined;
}

function lost() {
  close();
  connection.value = "lost";
  again = setTimeout(open, tryAgainAfter[Math.min(tries++, tryAgainAfter.length - 1)]);
  void ask();
}

/** Whether the server is there, and whether it wants to know who asks. */
async function ask() {
  if (asking) return;
  asking = true;
  const answer = await getSession();
  asking = false;
  if (answer.ok) {
    session.value = answer.value;
    if (answer.value.read_login && !answer.value.logged_in) {
      close();
      connection.value = "login";
    } else if (source) {
      heard.value = performance.now();
    }
  } else if (source) {
    lost();
  }
}

function open() {
  close();
  if (document.hidden) return;
  const stream = new EventSource("api/v1/live");
  source = stream;
  stream.onerror = () => {
    if (source === stream) lost();
  };
  for (const kind of ["hello", "battery", "change", "left"])
    stream.addEventListener(kind, (event) => {
      if (source !== stream) return;
      const data: unknown = JSON.parse((event as MessageEvent<string>).data);
      if (kind === "hello" && newer(data)) return location.reload();
      tries = 0;
      connection.value = "live";
      take(kind, data, performance.now());
    });
}

/** Another version of the daemon brings another page. */
function newer(hello: unknown): boolean {
  const told = (hello as { version?: string }).version ?? "";
  const other = version !== "" && told !== version;
  version = told;
  return other;
}

/** Also after a login. */
export function start() {
  tries = 0;
  open();
  void ask();
}

export function keepGoing() {
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) close();
    else start();
  });
  setInterval(() => {
    if (document.hidden) return;
    tick.value = performance.now();
    if (source && connection.value === "live" && tick.value - heard.value > silentAfter) void ask();
  }, 1000);
  start();
}
