// Starts the demo and a browser; looks at pages.
import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import { chromium } from "playwright-core";

const env = process.env;

/** The first of ten ports of the test file that runs: files run side by side, and none meets another's gateway. */
export const port = Number(env.GATEPOST_PORT ?? 8400) + 10 * fileNumber();
export const gateway = env.GATEPOST_URL ?? `http://localhost:${port}`;
export const idp = env.IDP_URL ?? `http://127.0.0.1:${port + 1}`;

/** The stand-in for Zoom of a demo. */
export const zoom = `http://127.0.0.1:${port + 3}`;

/** Some other site, that opens the gateway in a frame as learning platforms do. */
export const platform = `http://127.0.0.1:${port + 2}`;

const axe = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const widths = { 1280: 800, 390: 844 };

const program = env.GATEPOST_BIN ?? path.join(import.meta.dirname, "../../target/debug/gatepost");

function fileNumber() {
  const files = fs.readdirSync(import.meta.dirname).filter((name) => name.endsWith(".test.mjs")).sort();
  return Math.max(0, files.indexOf(path.basename(process.argv[1])));
}

/** The settings of a demo on our ports, with its data in `folder`. */
function settings(folder) {
  const own = { GATEPOST__HTTP__BIND: `127.0.0.1:${port}`, GATEPOST__HTTP__PUBLIC_URL: gateway };
  return { ...env, ...own, ...(folder ? { GATEPOST__DATA_DIR: folder } : {}) };
}

/** Runs a command on the data of a demo that runs; what it prints, as JSON. */
export function command(folder, ...words) {
  const { status, stdout, stderr } = spawnSync(program, [...words, "--json"], { env: settings(folder), encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/** Starts a program of ours; `output` is what it has said so far. */
function start(folder, words) {
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"], env: settings(folder) });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += text));
  return { child, output: () => output };
}

/** A gateway that has nothing yet, with its data in `folder`, and a pretend identity provider that plays `product`. */
export async function startFresh(folder, product) {
  const site = start(folder, ["serve"]);
  const pretend = start(folder, ["idp", "--like", product, "--port", String(port + 1)]);
  const stop = () => [site, pretend].forEach(({ child }) => child.kill("SIGINT"));
  for (let tries = 0; tries < 200; tries += 1) {
    const answers = await Promise.all([gateway, idp].map((url) => fetch(url).then((r) => r.status < 500, () => false)));
    if (/\/link\//.test(site.output()) && answers.every(Boolean)) return { output: site.output, stop };
    if (site.child.exitCode !== null || pretend.child.exitCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  stop();
  throw new Error(`the gateway did not start:\n${site.output()}\n${pretend.output()}`);
}

/** Starts `gatepost demo` and waits until it answers; without a folder, it keeps nothing. */
export async function startDemo(folder) {
  if (env.GATEPOST_URL) return { stop() {} };
  const words = ["demo", ...(folder ? [] : ["--ephemeral"]), "--idp-port", String(port + 1), "--zoom-port", String(port + 3)];
  const { child: demo, output } = start(folder, words);
  for (let tries = 0; tries < 100; tries += 1) {
    if (demo.exitCode !== null) break;
    // Its own word first: something else may answer on these ports.
    const answers = await Promise.all([gateway, idp].map((url) => fetch(url).then((r) => r.ok, () => false)));
    if (output().includes("Gatepost demo: open") && answers.every(Boolean)) return { output, stop: () => demo.kill("SIGINT") };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  demo.kill("SIGKILL");
  throw new Error(`the demo did not start:\n${output()}`);
}

/** Starts the other site. Not a made-up answer: a browser asks where a page came from before it opens `localhost` in it. */
export async function startPlatform() {
  const course = `<!doctype html><title>Course</title><iframe title="Gatepost" width="600" height="480" src="${gateway}/signin"></iframe>`;
  const server = http.createServer((_, answer) => answer.setHeader("content-type", "text/html").end(course));
  const { hostname, port } = new URL(platform);
  await new Promise((resolve, reject) => server.on("error", reject).listen(Number(port), hostname, resolve));
  return server;
}

function findChromium() {
  if (env.CHROMIUM) return env.CHROMIUM;
  const names = ["chromium", "chromium-browser", "google-chrome"];
  for (const folder of env.PATH.split(path.delimiter)) {
    for (const name of names) if (fs.existsSync(path.join(folder, name))) return path.join(folder, name);
  }
  throw new Error("no Chromium on the PATH; set CHROMIUM");
}

export function startBrowser() {
  return chromium.launch({
    executablePath: findChromium(),
    // No sandbox: the tests may run as root, and visit nothing but the demo. Nothing else goes out.
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

/** A fresh browser profile whose page collects what must not happen. */
export async function visitor(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const wrongs = [];
  page.on("pageerror", (error) => wrongs.push(`script: ${error.message}`));
  page.on("console", (message) => {
    if (/Content Security Policy|Refused to/i.test(message.text())) wrongs.push(message.text());
  });
  page.on("request", (request) => {
    const url = request.url();
    if (![gateway, idp, platform, zoom, "data:"].some((place) => url.startsWith(place))) wrongs.push(`left the demo: ${url}`);
  });
  return { context, page, wrongs };
}

/** A picture of the page as it stands. */
export async function photograph(page, name) {
  if (!env.SCREENSHOTS) return;
  fs.mkdirSync(env.SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: path.join(env.SCREENSHOTS, `${name.replaceAll(" ", "-")}.png`), fullPage: true });
}

/** Photographs the page wide and narrow, light and dark, and holds it to the rules. Gives back what is wrong. */
export async function look(page, name) {
  const wrongs = [];
  const before = page.viewportSize();
  for (const [width, height] of Object.entries(widths)) {
    await page.setViewportSize({ width: Number(width), height });
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      const where = `${name} ${width} ${colorScheme}`;
      await photograph(page, where);
      if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) wrongs.push(`${where}: scrolls sideways`);
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => globalThis.axe.run());
      for (const { id, nodes } of violations) wrongs.push(`${where}: ${id}: ${nodes.map((node) => node.html).join(" | ")}`);
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(before);
  return wrongs;
}
