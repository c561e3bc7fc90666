/**
 * Finds links in plain text. Only http, https, mailto and tel ever become one: a `javascript:` in an answer stays text.
 */
export type TextPart = { text: string; href?: string };

/** An address has bounded parts: without the bounds 8,000 letters and dots take a phone half a second, at each look. */
const LINK = /\b(?:https?:\/\/|mailto:|tel:\+?\d)[^\s<>"']+|\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+\b/gi;
const ENDINGS = ".,;:!?)]}»”’";

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
  let length = link.length;
  while (length > 0 && ENDINGS.includes(link.charAt(length - 1))) length--;
  const ending = link.slice(length);
  const bare = link.slice(0, length);
  return ending.startsWith(")") && bare.includes("(") ? `${bare})` : bare;
}
