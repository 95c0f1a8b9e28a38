// Metadata that is followed, as owners meet it: what has moved is shown, and is followed or not.
import assert from "node:assert/strict";
import http from "node:http";
import { bench } from "./bench.mjs";
import { gateway, idp } from "./browser.mjs";

const { as, asOwner, check, go, main, press, run, test } = bench("metadata");

/** A server that publishes what it is told to; where. */
async function publish() {
  const published = { xml: "" };
  const server = http.createServer((_, answer) => answer.setHeader("content-type", "application/samlmetadata+xml").end(published.xml));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { published, url: `http://127.0.0.1:${server.address().port}/metadata`, stop: () => server.close() };
}

test("an owner looks at metadata that has moved, stays, and follows it when it has moved again", () => as(async (page) => {
  const { published, url, stop } = await publish();
  try {
    const present = await (await fetch(`${idp}/okta/metadata`)).text();
    const moved = (host) => present.replaceAll(`Location="${idp}`, `Location="https://${host}`);
    assert.notEqual(moved("evil.example"), present);
    published.xml = present;
    const { key } = run("api-key", "create", "--account", "demo", "--name", "Set-up", "--scope", "connections:write", "--days", "1");
    const made = await fetch(`${gateway}/api/v1/accounts/demo/connections`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify({ product: "okta", name: "Followed", metadata_url: url }),
    });
    assert.equal(made.status, 201);
    const { id } = await made.json();
    await asOwner(page);
    await page.goto(`${gateway}/console/at/demo/sso/${id}/certificates`);
    await press(page, "Fetch it now");
    assert.match(await main(page), /The metadata was fetched: nothing is different\./);

    published.xml = moved("evil.example");
    await press(page, "Fetch it now");
    assert.match(await main(page), /The metadata says something else now[^]*another host[^]*https:\/\/evil\.example/);
    await check(page, "sso-metadata-moved");
    await press(page, "Stay with what we have");
    assert.doesNotMatch(await main(page), /says something else now|evil\.example/);

    published.xml = moved("moved.example");
    await press(page, "Fetch it now");
    assert.match(await main(page), /https:\/\/moved\.example/);
    await press(page, "Follow it");
    assert.doesNotMatch(await main(page), /says something else now/);
    await page.goto(`${gateway}/console/at/demo/sso/${id}/history`);
    assert.match(await main(page), /https:\/\/moved\.example/);
    assert.doesNotMatch(await main(page), /evil\.example/);
    await go(page, "Events");
    assert.match(await main(page), /approved what had changed at the other end[^]*declined what had changed at the other end/);
  } finally {
    stop();
  }
}));
