// Builds and runs the image without a container engine: every step of the Dockerfile in its order, on what is committed, in a
// folder for each stage. Then its command is run, asked for its health, visited, and stopped.
//   DATABASE_URL=postgres://… REDIS_URL=redis://… node deploy/rehearse.mjs
// As root the gateway runs as another user, as in the image: REHEARSE_UID=1001, 65534 if left out.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { readCommand, readCopy, readEnv, readStages, sentBy } from "./dockerfile.mjs";
import { visitUntilClosing } from "./rehearsedVisit.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const isRoot = process.getuid?.() === 0;
const uid = Number(process.env.REHEARSE_UID ?? 65_534);
const READY_WITHIN_S = 60;

function run(command, args, options = {}) {
  const { status, stdout, error } = spawnSync(command, args, { stdio: ["ignore", "pipe", "inherit"], ...options });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}`);
  return stdout;
}

/** A clean clone, less what .dockerignore keeps back. */
function contextIn(folder) {
  const all = join(folder, "clone");
  run("git", ["clone", "--quiet", "--depth=1", `file://${root}`, all]);
  const isSent = sentBy(readFileSync(join(all, ".dockerignore"), "utf8"));
  const context = join(folder, "context");
  for (const path of run("git", ["ls-files", "-z"], { cwd: all }).toString().split("\0").filter(Boolean)) {
    if (isSent(path)) cpSync(join(all, path), join(context, path));
  }
  return { context, dockerfile: readFileSync(join(all, "deploy/Dockerfile"), "utf8") };
}

/** The folder of a stage stands for `/` of its image. */
function buildStage(stage, { folder, context, built }) {
  const at = join(folder, stage.name ?? "image");
  const before = built.get(stage.from);
  if (before) cpSync(before.at, at, { recursive: true, verbatimSymlinks: true });
  const image = { at, workdir: before?.workdir ?? "/", env: { ...before?.env } };
  for (const { instruction, rest } of stage.steps) {
    const since = performance.now();
    if (instruction === "WORKDIR") {
      image.workdir = rest;
      mkdirSync(join(at, rest), { recursive: true });
    } else if (instruction === "ENV") Object.assign(image.env, readEnv(rest));
    else if (instruction === "COPY") copyInto(image, readCopy(rest), { context, built });
    else if (instruction === "RUN") {
      run("sh", ["-c", rest], { cwd: join(at, image.workdir), env: { ...plainEnv(), ...image.env } });
      console.log(`${stage.name}: ${rest.slice(0, 70)} (${((performance.now() - since) / 1_000).toFixed(1)} s)`);
    } else image[instruction] = rest;
  }
  return image;
}

/** Nothing of whoever runs this, and of npm's own variables, but where programs and npm's cache are. */
function plainEnv() {
  return Object.fromEntries(["PATH", "HOME"].map((name) => [name, process.env[name] ?? ""]));
}

function copyInto(image, { from, sources, target }, { context, built }) {
  const source = from ? built.get(from).at : context;
  const into = target.startsWith("/") ? join(image.at, target) : join(image.at, image.workdir, target);
  for (const path of sources) {
    // A folder's content goes into the target, a file itself.
    const isFile = statSync(join(source, path)).isFile();
    const intoFolder = isFile && (target.endsWith("/") || sources.length > 1);
    const place = intoFolder ? join(into, basename(path)) : into;
    cpSync(join(source, path), place, { recursive: true, verbatimSymlinks: true });
  }
}

async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  return port;
}

async function rehearse(image, folder) {
  const port = await freePort();
  const configuration = join(folder, "baton.json");
  cpSync(join(root, "deploy/baton.json"), configuration);
  const given = { DATABASE_URL: process.env.DATABASE_URL, REDIS_URL: process.env.REDIS_URL };
  const env = {
    ...plainEnv(),
    ...image.env,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value)),
    BATON_MASTER_KEY: process.env.BATON_MASTER_KEY ?? "0".repeat(64),
    BATON_CONFIG: configuration,
    BATON_DATA_DIR: join(folder, "data"),
    HOST: "127.0.0.1",
    PORT: String(port),
  };
  mkdirSync(env.BATON_DATA_DIR, { mode: 0o777 });
  chmodSync(env.BATON_DATA_DIR, 0o777);
  const how = { cwd: join(image.at, image.workdir), env, ...(isRoot && { uid, gid: uid }) };
  const [program, ...args] = readCommand(image.CMD);
  const gateway = spawn(program, args, { ...how, stdio: ["ignore", "inherit", "inherit"] });
  const ended = once(gateway, "exit");
  try {
    await healthy(image, how, gateway);
    console.log(`healthy, as user ${isRoot ? uid : process.getuid?.()}`);
    const { script, closing } = await visitUntilClosing(`http://127.0.0.1:${port}`, () =>
      gateway.kill(image.STOPSIGNAL),
    );
    const since = performance.now();
    const [code, signal] = await ended;
    console.log({ script, closing, code, signal, goneAfterMs: Math.round(performance.now() - since) });
    if (code !== 0 || closing?.code !== "draining") throw new Error("it did not end as it should");
  } finally {
    if (gateway.exitCode === null) gateway.kill("SIGKILL");
  }
}

async function healthy(image, how, gateway) {
  const [program, ...args] = readCommand(image.HEALTHCHECK);
  for (let second = 0; second < READY_WITHIN_S && gateway.exitCode === null; second += 1) {
    if (spawnSync(program, args, how).status === 0) return;
    await sleep(1_000);
  }
  throw new Error("it never became healthy");
}

const folder = mkdtempSync(join(tmpdir(), "baton-image-"));
chmodSync(folder, 0o755);
try {
  const { context, dockerfile } = contextIn(folder);
  const built = new Map();
  let image;
  for (const stage of readStages(dockerfile)) {
    image = buildStage(stage, { folder, context, built });
    built.set(stage.name, image);
  }
  console.log(`image: ${run("du", ["-sh", image.at]).toString().split("\t")[0]} on top of its base`);
  if (process.env.DATABASE_URL) await rehearse(image, folder);
} finally {
  if (process.argv.includes("--keep")) console.log(`kept in ${folder}`);
  else rmSync(folder, { recursive: true, force: true });
}
