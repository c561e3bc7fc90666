import { expect, test } from "./journey.ts";
import { secondDevice } from "./secondDevice.ts";

const HOSTILE = [
  '<img src=x onerror="window.harmed=1"><script>window.harmed=1</script>',
  "[click](javascript:window.harmed=1) javascript:window.harmed=1",
  "</p></li></ol><iframe srcdoc='<script>parent.harmed=1</script>'></iframe>",
];

test("what hostile people write is read, by themselves and on their other device, and never runs", async ({
  gateway,
  chat,
}) => {
  await chat.visit(gateway.url);
  await chat.open();
  for (const text of HOSTILE) await chat.say(text);
  await chat.everythingSent();
  const other = await secondDevice(chat.page, gateway.url);
  await chat.page.reload();
  await expect(chat.mine).toHaveText(HOSTILE);
  const elements = chat.page.locator("baton-widget .bubble").locator("img, script, iframe, svg, a[href^=javascript]");
  await expect(elements).toHaveCount(0);
  expect(await chat.page.evaluate(() => "harmed" in window)).toBe(false);
  other.leave();
});
