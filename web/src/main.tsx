import { render } from "preact";
import { App } from "./app";
import { keepGoing } from "./live";
import { followPrefs } from "./prefs";

followPrefs();
const root = document.getElementById("app");
if (root) {
  root.textContent = "";
  render(<App />, root);
  keepGoing();
}
