// How an account looks, as its owners decide it and its people see it.
import assert from "node:assert/strict";
import zlib from "node:zlib";
import { gateway } from "./browser.mjs";
import { bench } from "./bench.mjs";

const { as, asOwner, check, go, main, press, test } = bench("branding");

/** A PNG of one colour. */
function png(width, height) {
  const crc = (bytes) => {
    let value = ~0;
    for (const byte of bytes) {
      value ^= byte;
      for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    }
    return ~value >>> 0;
  };
  const chunk = (kind, body) => {
    const whole = Buffer.concat([Buffer.from(kind), body]);
    const ends = Buffer.alloc(8);
    ends.writeUInt32BE(body.length, 0);
    ends.writeUInt32BE(crc(whole), 4);
    return Buffer.concat([ends.subarray(0, 4), whole, ends.subarray(4)]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const rows = Buffer.concat(Array.from({ length: height }, () => Buffer.concat([Buffer.from([0]), Buffer.alloc(width * 3, 0x63)])));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk("IHDR", head), chunk("IDAT", zlib.deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
}

test("an owner gives the account a look, and its people see it", () => as(async (page) => {
  await asOwner(page);
  await go(page, "Appearance");
  await check(page, "branding-none");
  await page.getByLabel("Colour").fill("#ffd400");
  await page.getByLabel("Whom to ask").fill("Ask the IT desk, room 12.");
  await page.getByLabel("Where to ask").fill("mailto:it@school.example");
  await press(page, "Preview");
  assert.match(await main(page), /Not saved yet\.[^]*it is shown there as #/);
  await check(page, "branding-preview");
  await page.getByLabel("Logo", { exact: true }).setInputFiles({ name: "logo.svg", mimeType: "image/svg+xml", buffer: Buffer.from("<svg/>") });
  await press(page, "Save");
  assert.match(await page.getByRole("alert").innerText(), /SVG is not taken/);
  await page.getByLabel("Logo", { exact: true }).setInputFiles({ name: "logo.png", mimeType: "image/png", buffer: png(240, 60) });
  await press(page, "Save");
  assert.match(await main(page), /It is saved\./);
  await check(page, "branding");
  await page.goto(`${gateway}/signin/demo`);
  assert.equal(await page.locator(".logo img").evaluate((image) => image.naturalWidth), 240);
  assert.match(await main(page), /Ask the IT desk, room 12\. Get help/);
  await check(page, "signin-branded");
}));
