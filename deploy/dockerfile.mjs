// PURE. Reads what of a Dockerfile and of .dockerignore is used here, and throws at anything else. Called by deploy.test.ts and
// rehearse.mjs.

/** Instructions with everything of a line behind them, in stages; the first line of a stage is its FROM. */
export function readStages(text) {
  const whole = text.replace(/^\s*#.*\n/gm, "").replace(/\\\n\s*/g, "");
  const stages = [];
  for (const line of whole.split("\n").filter((line) => line.trim() !== "")) {
    const [, instruction, rest] = /^([A-Z]+)\s+(.+)$/.exec(line) ?? [];
    if (!instruction) throw new Error(`not an instruction: ${line}`);
    if (instruction === "FROM") {
      const [from, name] = rest.split(" AS ");
      stages.push({ from, name, steps: [] });
    } else stages.at(-1).steps.push({ instruction, rest });
  }
  return stages;
}

/** COPY [--from=stage] source … target */
export function readCopy(rest) {
  const words = rest.split(/\s+/);
  const from = words[0].startsWith("--from=") ? words.shift().slice("--from=".length) : undefined;
  return { from, sources: words.slice(0, -1), target: words.at(-1) };
}

/** NAME=value NAME=value */
export function readEnv(rest) {
  return Object.fromEntries(rest.split(/\s+/).map((pair) => pair.split("=")));
}

/** The exec form of CMD and of HEALTHCHECK: a program and its arguments, no shell. */
export function readCommand(rest) {
  return JSON.parse(rest.slice(rest.indexOf("[")));
}

/** Whether a path, from the root and without a slash before it, is sent to the builder: the last line that fits decides. */
export function sentBy(dockerignore) {
  const lines = dockerignore.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const rules = lines.map((line) => ({ sends: line.startsWith("!"), fits: fits(line.replace(/^!/, "")) }));
  return (path) => rules.findLast((rule) => rule.fits.test(path))?.sends ?? true;
}

/** A folder's line fits everything in it. */
function fits(pattern) {
  const parts = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replace(/\*\*\/|\*/g, (star) => {
    return star === "*" ? "[^/]*" : "(?:.*/)?";
  });
  return new RegExp(`^${parts}(?:/|$)`);
}
