// Email domains, as owners, operators and IT admins behind a setup link meet them. The name server is this file's own.
import assert from "node:assert/strict";
import dgram from "node:dgram";
import { after, before } from "node:test";
import { gateway, port } from "./browser.mjs";

// Before the demo starts, which reads it.
const records = new Map();
const server = dgram.createSocket("udp4");
const names = port + 9;
process.env.GATEPOST__DNS__SERVERS = `127.0.0.1:${names}`;
const { bench } = await import("./bench.mjs");

/** RFC 1035: the question as it came, and a TXT record if there is one. */
function answer(query) {
  const labels = [];
  let at = 12;
  while (query[at]) {
    labels.push(query.toString("latin1", at + 1, at + 1 + query[at]));
    at += query[at] + 1;
  }
  const question = query.subarray(12, at + 5);
  const value = records.get(labels.join(".").toLowerCase());
  const head = Buffer.from(query.subarray(0, 12));
  head.writeUInt16BE(value === undefined ? 0x8183 : 0x8180, 2);
  head.writeUInt16BE(value ? 1 : 0, 6);
  head.writeUInt16BE(0, 8);
  head.writeUInt16BE(0, 10);
  if (!value) return Buffer.concat([head, question]);
  const text = Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
  const record = Buffer.from([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 0, text.length]);
  return Buffer.concat([head, question, record, text]);
}

before(() => new Promise((resolve) => {
  server.on("message", (query, from) => server.send(answer(query), from.port, from.address));
  server.bind(names, "127.0.0.1", resolve);
}));
after(() => server.close());

const { as, asOperator, asOwner, check, go, main, press, run, test } = bench("domains");

test("an owner claims a domain, is told what is wrong with its record, and proves it", () => as(async (page) => {
  await asOwner(page);
  await go(page, "Domains");
  await check(page, "domains-none");
  await page.getByLabel("Domain", { exact: true }).fill("gmail.com");
  await press(page, "Claim it");
  assert.match(await page.getByRole("alert").innerText(), /anybody can have an address there/);
  await page.getByLabel("Domain", { exact: true }).fill("School.example");
  await press(page, "Claim it");
  const name = "_gatepost-challenge.school.example";
  const value = (await page.locator("code", { hasText: "gatepost-domain=" }).innerText()).trim();
  assert.match(await main(page), /Not proved yet/);
  assert.equal(await page.getByRole("button", { name: /^Copy/ }).count(), 2);
  await check(page, "domains-claimed");
  const checkNow = () => page.getByRole("button", { name: "Check now: school.example" }).click();
  await checkNow();
  assert.match(await main(page), /DNS knows no domain school\.example/);
  records.set("school.example", "");
  await checkNow();
  assert.match(await main(page), /There is no TXT record at _gatepost-challenge\.school\.example yet/);
  records.set("school.example", value);
  await checkNow();
  assert.match(await main(page), /stands at school\.example\. It belongs at _gatepost/);
  records.set("school.example", "");
  records.set(name, "gatepost-domain=of-before");
  await checkNow();
  assert.match(await main(page), /none of them is the one to set[^]*gatepost-domain=of-before/);
  await check(page, "domains-other-value");
  records.set(name, value);
  await checkNow();
  assert.match(await main(page), /Proved[^]*by its DNS record[^]*The record is there/);
  await page.getByLabel("Its people sign in by").selectOption({ label: "Okta" });
  await page.getByRole("button", { name: "Save how the people of school.example sign in" }).click();
  await page.getByLabel("Email address").fill("guest@elsewhere.example");
  await page.getByLabel("Reason").fill("Substitute until June");
  await press(page, "Let it in");
  assert.match(await main(page), /guest@elsewhere\.example[^]*Substitute/);
  await check(page, "domains-proved");
  await page.goto(`${gateway}/signin?other=1`);
  await page.getByRole("textbox").first().fill("maya@school.example");
  await page.getByRole("textbox").first().press("Enter");
  await page.waitForURL(/127\.0\.0\.1/);
}));

test("an IT admin proves a domain behind a setup link, an operator vouches for one", () => as(async (page) => {
  const link = run("setup-link", "create", "--account", "demo", "--scope", "domains");
  await page.goto(link.url);
  await press(page, "Continue");
  await page.locator('a.button[href="/setup-domains"]').click();
  await page.getByLabel("Domain", { exact: true }).fill("it.example");
  await press(page, "Claim it");
  await page.getByRole("button", { name: "Check now: it.example" }).click();
  assert.match(await main(page), /DNS knows no domain it\.example/);
  assert.doesNotMatch(await main(page), /Guests|Vouch/);
  await check(page, "setup-domains");
  await page.goto(page.url().split("#")[0]);
  assert.equal(page.url(), `${gateway}/setup-domains`, "a look can be come back to");
  await page.getByRole("link", { name: "Set up sign-in" }).click();
  assert.match(await main(page), /Proved: \d+\. Not proved yet: [1-9]/);
  await as(async (operator) => {
    await asOperator(operator);
    await operator.goto(`${gateway}/console/at/demo/domains`);
    await operator.locator("#vouch-domain").fill("vouched.example");
    await operator.locator("#vouch-reason").fill("Signed contract");
    await press(operator, "Vouch for it");
    assert.match(await main(operator), /vouched\.example[^]*by the platform's word: Signed contract/);
    await check(operator, "domains-operator");
  });
}));
