import type { ComponentChild, VNode } from "preact";
import { describe, expect, it } from "vitest";
import { Text } from "./Text.tsx";

type Shown = { type: unknown; props: Record<string, unknown> };

/** Every element and every text that would be drawn. */
function drawn(node: ComponentChild): (Shown | string)[] {
  if (Array.isArray(node)) return node.flatMap(drawn);
  if (node === null || node === undefined || typeof node === "boolean") return [];
  if (typeof node !== "object") return [String(node)];
  const { type, props } = node as VNode<Record<string, unknown>>;
  const inside = drawn(props.children as ComponentChild);
  return typeof type === "string" ? [{ type, props }, ...inside] : inside;
}

describe("what somebody wrote", () => {
  it.each([
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "&lt;b&gt;",
    "</p></li><iframe src=javascript:alert(1)>",
    "[click](javascript:alert(1)) ![x](data:text/html,x) **bold** `code`",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)//https://a.example",
    "java\nscript:alert(1)",
    "data:text/html;base64,PHNjcmlwdD4=",
    "vbscript:x file:///etc/passwd blob:x",
    "\u202ehttp://evil.example",
    '{"__html":"<b>x</b>"}',
  ])("%j is shown as it is: text, and links that only lead somewhere", (text) => {
    const all = drawn(Text({ text }));
    expect(all.filter((part) => typeof part === "string").join("")).toBe(text);
    for (const part of all) {
      if (typeof part === "string") continue;
      expect(part.type).toBe("a");
      expect(part.props.href).toMatch(/^(https?:\/\/|mailto:|tel:)/i);
      expect(part.props.rel).toBe("noopener noreferrer nofollow");
      expect(Object.keys(part.props).toSorted()).toEqual(["children", "href", "rel", "target"]);
    }
  });
});
