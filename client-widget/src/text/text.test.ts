import { describe, expect, it } from "vitest";
import { linkParts } from "./links.ts";
import { speaker } from "./say.ts";
import { ago, day } from "./when.ts";

const links = (text: string) => linkParts(text).flatMap((part) => (part.href ? [part.href] : []));

describe("links in plain text", () => {
  it("are http, https, mailto and tel, and addresses", () => {
    expect(links("see https://a.example/b?c=1 or http://d.example")).toEqual([
      "https://a.example/b?c=1",
      "http://d.example",
    ]);
    expect(links("mailto:a@b.example tel:+4912 c@d.example")).toEqual([
      "mailto:a@b.example",
      "tel:+4912",
      "mailto:c@d.example",
    ]);
  });

  it("are never anything that runs", () => {
    expect(links("javascript:alert(1) data:text/html,x vbscript:x file:///etc javascript://https://")).toEqual([]);
  });

  it("leave the sentence its punctuation, and a link its own brackets", () => {
    expect(links("Go to https://a.example/b.")).toEqual(["https://a.example/b"]);
    expect(links("(https://a.example/b)")).toEqual(["https://a.example/b"]);
    expect(links("https://a.example/b_(c)")).toEqual(["https://a.example/b_(c)"]);
  });

  it.each(["a.", "a-", "a+", "a@", "a@a.", "http://", "mailto:", ")."])(
    "of nothing but %s are found as fast as text is read",
    (part) => {
      // The best of three: what is compared is the work, not what else the machine does.
      const took = (units: number) => {
        const text = part.repeat(units / part.length);
        const times = [1, 2, 3].map(() => {
          const began = performance.now();
          for (let i = 0; i < 20; i++) linkParts(`http://x${text}y z${text}`);
          return performance.now() - began;
        });
        return Math.min(...times);
      };
      took(2_000);
      // Sixteen times as much text takes about sixteen times as long, not 256 times.
      expect(took(32_000) / took(2_000)).toBeLessThan(100);
    },
  );

  it("lose no letter of the text", () => {
    const text = "a https://x.example, b c@d.example! e";
    expect(
      linkParts(text)
        .map((part) => part.text)
        .join(""),
    ).toBe(text);
  });
});

describe("words", () => {
  it("come from the site before us, with their slots filled", () => {
    expect(speaker()("queue", { n: 2 })).toBe("You're number 2 in line.");
    expect(speaker({ queue: "Noch {n}" })("queue", { n: 2 })).toBe("Noch 2");
  });

  it("do not come from an object's own ancestry", () => {
    expect(speaker(JSON.parse('{"__proto__":{"send":"x"}}'))("send")).toBe("Send");
  });
});

describe("times", () => {
  const now = new Date(2026, 0, 15, 12).getTime();
  it("are named as people name days", () => {
    expect(day(new Date(2026, 0, 15, 1).toISOString(), now, speaker())).toBe("Today");
    expect(day(new Date(2026, 0, 14, 23).toISOString(), now, speaker())).toBe("Yesterday");
    expect(day(new Date(2025, 11, 31, 12).toISOString(), now, speaker())).toMatch(/2025/);
  });

  it("are told from now", () => {
    expect(ago(now - 2 * 3_600_000, now)).toBe("2 hours ago");
    expect(ago(now - 48 * 3_600_000, now)).toBe("2 days ago");
  });
});
