// What tests of pages have in common: a demo of their own, and ways in.
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test as slowly } from "node:test";
import { command, gateway, idp, look, startBrowser, startDemo, visitor } from "./browser.mjs";

/** A gateway of its own for the file, a demo unless `start` makes another in the folder; what its tests need. */
export function bench(name, start = startDemo) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `gatepost-${name}-`));
  let owners = 0;
  let started;
  let browser;
  before(async () => {
    started = await start(folder);
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.close();
    started?.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  });
  const as = async (steps, options) => {
    const { context, page, wrongs } = await visitor(browser, options);
    try {
      await steps(page, context);
      assert.deepEqual(wrongs, []);
    } finally {
      await context.close();
    }
  };
  const press = (page, title) => page.getByRole("button", { name: title, exact: true }).click();
  const comeIn = async (page, ...words) => {
    await page.goto(command(folder, ...words).url);
    await press(page, "Continue");
  };
  return {
    as,
    comeIn,
    folder,
    output: () => started.output(),
    /** Signs somebody in by Okta, or has them refused. */
    signIn: async (page, { fault, who = 0 } = {}) => {
      await page.goto(`${gateway}/signin/demo`);
      await page.getByRole("link", { name: /Okta/ }).click();
      await page.waitForURL(`${idp}/**`);
      await page.getByRole("radio").nth(who).check();
      if (fault) await page.locator("select[name=fault]").selectOption(fault);
      await press(page, "Sign in");
      await page.waitForURL(`${gateway}/**`);
    },
    heading: (page) => page.locator("h1").innerText(),
    run: (...words) => command(folder, ...words),
    test: (title, steps) => slowly(title, { timeout: 300_000 }, steps),
    asOwner: (page) => comeIn(page, "owner", "invite", "--account", "demo", "--email", `olive${(owners += 1)}@demo.example`, "--name", "Olive"),
    asOperator: (page) => comeIn(page, "operator", "link", "--name", "Sam"),
    check: async (page, title) => assert.deepEqual(await look(page, title), []),
    main: (page) => page.locator("main").innerText(),
    press,
    go: (page, title) => page.getByRole("navigation", { name: "Console" }).getByRole("link", { name: title, exact: true }).click(),
  };
}
