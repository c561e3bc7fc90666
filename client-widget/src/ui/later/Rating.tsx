/** After the end, once: five labelled choices and room for a word. Downloaded when it is needed. */
import { useState } from "preact/hooks";
import { usePanel } from "../context.ts";

const SCORES = [1, 2, 3, 4, 5] as const;

export function Rating({ sessionId }: { sessionId: string }) {
  const panel = usePanel();
  const say = panel.say;
  const [score, setScore] = useState<number | null>(null);
  const [comment, setComment] = useState("");
  const rate = (given: number | null) => {
    panel.rated.value = [...panel.rated.value, sessionId];
    if (given === null) return;
    const said = comment.trim() ? { comment: comment.trim() } : {};
    void panel.conversation.ask("session:rate", { sessionId, score: given, ...said }).catch(() => null);
    panel.flash("rateThanks");
  };
  return (
    <section class="rating" aria-label={say("rateQuestion")}>
      <p>{say("rateQuestion")}</p>
      <div class="scores">
        {SCORES.map((value) => (
          <button key={value} type="button" aria-pressed={score === value} onClick={() => setScore(value)}>
            <b>{value}</b>
            <span>{say(`rate${value}`)}</span>
          </button>
        ))}
      </div>
      {score !== null && (
        <input
          type="text"
          aria-label={say("rateComment")}
          placeholder={say("rateComment")}
          maxLength={2_000}
          value={comment}
          onInput={(event) => setComment(event.currentTarget.value)}
        />
      )}
      <div class="decide">
        <button type="button" onClick={() => rate(null)}>
          {say("skip")}
        </button>
        <button type="button" class="main" disabled={score === null} onClick={() => rate(score)}>
          {say("rateSend")}
        </button>
      </div>
    </section>
  );
}
