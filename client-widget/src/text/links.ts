/**
 * Finds links in plain text. Only http, https, mailto and tel ever become one: a `javascript:` in an answer stays text.
 */
export type TextPart = { text: string; href?: string };

const LINK = /\b(?:https?:\/\/|mailto:|tel:\+?\d)[^\s<>"']+|\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b/gi;
const ENDING = /[.,;:!?)\]}»”’]+$/;

export function linkParts(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    const link = trimEnding(match[0]);
    if (match.index > from) parts.push({ text: text.slice(from, match.index) });
    parts.push({ text: link, href: /^(https?|mailto|tel):/i.test(link) ? link : `mailto:${link}` });
    from = match.index + link.length;
  }
  if (from < text.length) parts.push({ text: text.slice(from) });
  return parts;
}

/** Punctuation after a link belongs to the sentence, but for a bracket the link itself opens. */
function trimEnding(link: string): string {
  const ending = ENDING.exec(link)?.[0] ?? "";
  const bare = link.slice(0, link.length - ending.length);
  return ending.startsWith(")") && bare.includes("(") ? `${bare})` : bare;
}
