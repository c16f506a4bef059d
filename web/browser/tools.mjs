// What the tests in the browser share: a small runner, the browser, axe.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";
import { time } from "./batteries.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const patience = 30_000; // ms; a busy machine is no fault of the page

let failed = 0;

export async function test(name, body) {
  const begin = performance.now();
  try {
    await body();
    console.log(`ok    ${name} (${Math.round(performance.now() - begin)} ms)`);
  } catch (error) {
    failed++;
    console.log(`FAIL  ${name}\n      ${error.message.split("\n").join("\n      ")}`);
  }
}

export function expect(what, told) {
  if (!what) throw new Error(told);
}

export const finish = () => process.exit(failed > 0 ? 1 : 0);

export async function startBrowser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
}

/**
 * A page of a reader; whatever it asks of another server, and every error in it, is kept.
 * `now`, seconds of Unix time: when it is read; null: now. Texts and pictures are not to depend on the day of the test.
 */
export async function openPage(
  browser,
  address,
  { view = "", width = 1280, theme = "light", language = "en", scripts = true, now = time } = {},
) {
  const context = await browser.newContext({
    viewport: { width, height: width < 600 ? 700 : 900 },
    colorScheme: theme,
    locale: language === "de" ? "de-DE" : "en-GB",
    timezoneId: "Europe/Berlin",
    javaScriptEnabled: scripts,
    bypassCSP: false,
    reducedMotion: "reduce",
  });
  context.setDefaultTimeout(patience);
  if (scripts && now !== null) await context.clock.setFixedTime(now * 1000);
  const page = await context.newPage();
  page.problems = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(address)) page.problems.push("asks elsewhere: " + request.url());
  });
  page.on("pageerror", (error) => page.problems.push(error.message));
  page.on("console", (message) => {
    const text = message.text();
    if (message.type() === "error" && !/ERR_|status of 4/.test(text)) page.problems.push(text);
  });
  await page.goto(address + (view ? "#/" + view : ""), { timeout: patience });
  if (scripts) await page.waitForSelector("main .panel");
  return page;
}

/** Nothing of axe, nothing wider than the window, no error. */
export async function isSound(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Page.enable");
  const { frameTree } = await session.send("Page.getFrameTree");
  const { executionContextId } = await session.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id });
  const run = async (expression) => {
    const answer = await session.send("Runtime.evaluate", {
      expression,
      contextId: executionContextId,
      awaitPromise: true,
      returnByValue: true,
    });
    if (answer.exceptionDetails) throw new Error(JSON.stringify(answer.exceptionDetails.exception));
    return answer.result.value;
  };
  await run(axe + ";0");
  const found = await run(
    `axe.run().then((all) => all.violations.flatMap((one) => one.nodes.map((node) => one.id + ": " + node.target + " " +
      node.failureSummary)))`,
  );
  expect(found.length === 0, found.join("\n"));
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  expect(content <= window, `${content} px of content in ${window} px`);
  expect(page.problems.length === 0, page.problems.join("\n"));
}
