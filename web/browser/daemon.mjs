// The page on the daemon itself, with simulated batteries: what is live, login, a write that is done and one that is
// refused, the daemon stopped and started, and the table without scripts. BMSD names the program.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, finish, isSound, openPage, startBrowser, test } from "./tools.mjs";

const work = mkdtempSync(join(tmpdir(), "bmsd-page-"));
const port = 18400 + (process.pid % 500);
const address = `http://127.0.0.1:${port}/`;
const config = join(work, "config.ini");
writeFileSync(config, `[DEFAULT]\nWEB_LISTEN = 127.0.0.1:${port}\nMAX_BATTERY_CHARGE_CURRENT = 60\n`);
const ports = ["sim:LltJbd,cells=16,capacity=100,soc=60,day=3600,hour=10,seed=4", "sim:Jkbms,cells=16,capacity=280,soc=70,seed=5"];

let daemon;
const start = () => {
  daemon = spawn(process.env.BMSD, ["run", "--config", config, "--state-dir", work, "--lock-dir", work, ...ports], {
    stdio: "ignore",
  });
};
const stop = () =>
  new Promise((done) => {
    daemon.once("exit", done);
    daemon.kill("SIGTERM");
  });
async function ready() {
  for (let n = 0; n < 300; n++) {
    const reply = await fetch(address + "api/v1/batteries").catch(() => undefined);
    if (reply?.ok && (await reply.json()).batteries.length >= ports.length) return;
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error("the daemon shows no batteries");
}

const password = "a long password";
const set = spawnSync(process.env.BMSD, ["password", "--state-dir", work], { input: `${password}\n${password}\n` });
start();
await ready();
const browser = await startBrowser();

await test("what the daemon tells is on the page, and changes", async () => {
  const page = await openPage(browser, address, { now: null });
  await page.waitForSelector(".pulse.live");
  expect((await page.locator(".card").count()) >= ports.length, "not all batteries are there");
  const text = () => page.locator("main").innerText();
  const before = await text();
  await page.waitForFunction((old) => document.querySelector("main").innerText !== old, before);
  await isSound(page);
  await page.context().close();
});

await test("every setting is told, with what was changed", async () => {
  const page = await openPage(browser, address, { view: "settings", now: null });
  await page.fill("input[type=search]", "MAX_BATTERY_CHARGE_CURRENT");
  const row = page.locator(".setting", { hasText: "MAX_BATTERY_CHARGE_CURRENT" }).first();
  expect(/60\sA/.test(await row.innerText()) && /default 50\sA/.test(await row.innerText()), await row.innerText());
  await isSound(page);
  await page.context().close();
});

await test("login, a name given, a wish refused", async () => {
  if (set.status !== 0) {
    console.log("      *** without libargon2 nothing can be changed");
    return;
  }
  const { batteries } = await (await fetch(address + "api/v1/batteries")).json();
  const { id } = batteries.find((one) => one.commands.includes("set_soc"));
  const post = (path, body) =>
    fetch(address + "api/v1/" + path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  expect((await post("batteries/" + id, { name: "x" })).status === 401, "a write without login is taken");
  const page = await openPage(browser, address, { view: "settings", now: null });
  await page.fill("#password", "wrong password");
  await page.click("form button");
  await page.waitForSelector("text=Wrong password.");
  await page.fill("#password", password);
  await page.click("form button");
  await page.waitForSelector("text=You are logged in");
  await page.goto(address + "#/cells/" + id);
  await page.fill("#rename", "Cellar");
  await page.click("text=Rename");
  await page.click("text=Press again");
  await page.waitForSelector('h1:has-text("Cellar")');
  await page.route("**/api/v1/batteries/*", (route) =>
    route.continue({ postData: JSON.stringify({ command: "set_soc", value: 250 }) }),
  );
  await page.fill("#set-soc", "50");
  await page.click('button:text-is("Set")');
  await page.click("text=Press again");
  await page.waitForSelector("text=Not done:");
  await isSound(page);
  await page.context().close();
});

await test("the daemon stopped and started again", async () => {
  const page = await openPage(browser, address, { now: null });
  await page.waitForSelector(".pulse.live");
  await stop();
  await page.waitForSelector('.banner:has-text("No connection")');
  start();
  await ready();
  await page.waitForSelector(".pulse.live");
  await page.waitForFunction(() => !document.querySelector(".banners").textContent.includes("No connection"));
  await page.context().close();
});

await test("a reader without scripts gets the table", async () => {
  const page = await openPage(browser, address, { scripts: false, now: null });
  await page.waitForURL("**/table");
  const text = await page.locator("body").textContent();
  for (const part of ["State of charge", "Charge current (CCL)", "sim_Jkbms"]) expect(text.includes(part), part);
  await page.context().close();
});

await browser.close();
await stop();
rmSync(work, { recursive: true });
finish();
