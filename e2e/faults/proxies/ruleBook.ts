/** The rules of one proxy that are in force, and the log of what they did. Each of the two proxies keeps one. */
import { AppliedRule } from "./appliedRule.ts";

const LOG_LINES = 10_000;

type Written = { readonly name?: string; readonly times?: number; readonly do: { readonly kind: string } };
type Applied<Rule extends Written, Line> = AppliedRule<Rule["do"], Line>;

export class RuleBook<Rule extends Written, Line> {
  /** The last 10,000 lines. */
  readonly log: Line[] = [];
  readonly #lifted: (applied: Applied<Rule, Line>) => void;
  #rules: { readonly rule: Rule; readonly applied: Applied<Rule, Line> }[] = [];

  /** @param lifted what a rule holds back goes on when it is lifted */
  constructor(lifted: (applied: Applied<Rule, Line>) => void) {
    this.#lifted = lifted;
  }

  apply(rule: Rule): Applied<Rule, Line> {
    const applied: Applied<Rule, Line> = new AppliedRule({
      name: rule.name ?? rule.do.kind,
      treatment: rule.do,
      times: rule.times,
      tell: (line) => this.tell(line),
      lifted: (one) => {
        this.#rules = this.#rules.filter((known) => known.applied !== one);
        this.#lifted(one);
      },
    });
    this.#rules.unshift({ rule, applied });
    return applied;
  }

  /** Of those that fit, the one applied last decides. */
  decides(fits: (rule: Rule) => boolean): Applied<Rule, Line> | undefined {
    return this.#rules.find(({ rule, applied }) => !applied.isOver && fits(rule))?.applied;
  }

  liftAll(): void {
    for (const { applied } of [...this.#rules]) applied.lift();
  }

  tell(line: Line): void {
    this.log.push(line);
    if (this.log.length > LOG_LINES) this.log.shift();
  }
}
