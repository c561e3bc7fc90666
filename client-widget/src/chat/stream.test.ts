import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasHole, NEW_STREAM, type Piece, takeCheckpoint, takePiece } from "./stream.ts";

const piece = (offset: number, text: string, attempt = 1): Piece => ({ attempt, offset, text });

describe("a reply that is being written", () => {
  it("grows by pieces", () => {
    const stream = [piece(0, "Hel"), piece(3, "lo")].reduce(takePiece, NEW_STREAM);
    expect(stream).toMatchObject({ text: "Hello", ahead: [] });
  });

  it("begins anew at a higher attempt and forgets the lower one", () => {
    const stream = [piece(0, "Hello"), piece(0, "Good", 2), piece(5, " you", 1)].reduce(takePiece, NEW_STREAM);
    expect(stream.text).toBe("Good");
  });

  it("goes on from a Snapshot's text, which does not tell the attempt", () => {
    expect(takePiece(takeCheckpoint(undefined, "Hello"), piece(5, " you", 3)).text).toBe("Hello you");
  });

  it("begins anew after a Snapshot when a new attempt starts at its first letter", () => {
    expect(takePiece(takeCheckpoint(undefined, "Hello"), piece(0, "Good", 2)).text).toBe("Good");
  });

  it("shows a hole, and closes it with the text the gateway vouches for", () => {
    const holed = [piece(0, "Hel"), piece(5, " you")].reduce(takePiece, NEW_STREAM);
    expect(hasHole(holed)).toBe(true);
    const healed = takeCheckpoint(holed, "Hello");
    expect(healed).toMatchObject({ text: "Hello you", ahead: [] });
  });

  it("is the same text in whatever order and however often its pieces come", () => {
    const cuts = fc.array(fc.string({ minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(cuts, fc.infiniteStream(fc.nat()), (texts, random) => {
        let offset = 0;
        const pieces = texts.map((text) => {
          const made = piece(offset, text);
          offset += text.length;
          return made;
        });
        const shuffled = [...pieces, ...pieces].sort(() => (Number(random.next().value) % 2 ? 1 : -1));
        // The first piece of an attempt is what starts it: everything else may come in any order.
        const stream = [piece(0, texts[0] ?? ""), ...shuffled].reduce(takePiece, NEW_STREAM);
        expect(stream.text).toBe(texts.join(""));
        expect(hasHole(stream)).toBe(false);
      }),
    );
  });
});
