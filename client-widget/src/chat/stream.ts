/**
 * A reply while it is being written. Pieces carry their place, so a repeated one changes nothing and a missing one shows.
 * A higher attempt starts the text anew.
 */
export type Piece = { readonly attempt: number; readonly offset: number; readonly text: string };

export type Stream = {
  /** 0: taken from a Snapshot, which does not tell the attempt. */
  readonly attempt: number;
  readonly text: string;
  /** Pieces beyond a hole. */
  readonly ahead: readonly Piece[];
};

export const NEW_STREAM: Stream = { attempt: 0, text: "", ahead: [] };

export function takePiece(stream: Stream, piece: Piece): Stream {
  if (piece.attempt < stream.attempt) return stream;
  if (piece.attempt > stream.attempt) return takePiece(adopt(stream, piece), piece);
  if (piece.offset > stream.text.length) return { ...stream, ahead: [...stream.ahead, piece] };
  return settle({ ...stream, text: extend(stream.text, piece) });
}

/** A text the server vouches for replaces a shorter one of ours. */
export function takeCheckpoint(stream: Stream | undefined, text: string): Stream {
  if (stream && stream.text.length >= text.length) return stream;
  return settle({ ...NEW_STREAM, ...stream, text });
}

export function hasHole(stream: Stream): boolean {
  return stream.ahead.length > 0;
}

/** After a Snapshot a piece in the middle goes on with what is there; one at 0 begins again. */
function adopt(stream: Stream, piece: Piece): Stream {
  const goesOn = stream.attempt === 0 && piece.offset > 0;
  return { attempt: piece.attempt, text: goesOn ? stream.text : "", ahead: [] };
}

function extend(text: string, piece: Piece): string {
  return piece.offset + piece.text.length <= text.length ? text : text.slice(0, piece.offset) + piece.text;
}

function settle(stream: Stream): Stream {
  const next = stream.ahead.find((piece) => piece.offset <= stream.text.length);
  if (!next) return stream;
  const ahead = stream.ahead.filter((piece) => piece !== next);
  return settle({ ...stream, text: extend(stream.text, next), ahead });
}
