// What can be held of deploy/ without a container engine: that its files fit the gateway, the repository and one another.
// The image's steps themselves are run by `node deploy/rehearse.mjs`.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { readConfig } from "../server/src/config/config.ts";
import { Environment } from "../server/src/config/environment.ts";
import { readCommand, readCopy, readEnv, readStages, sentBy } from "./dockerfile.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const read = (path: string) => readFileSync(join(here, path), "utf8");

type Service = {
  image: string;
  build?: { context: string; dockerfile: string };
  environment?: Record<string, string>;
  volumes?: string[];
  ports?: string[];
  depends_on?: Record<string, unknown>;
  healthcheck?: { test: string[] };
  stop_grace_period?: string;
  networks: string[] | { inside: { ipv4_address: string } };
};
type Compose = {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
  networks: { inside: { ipam: { config: { subnet: string }[] } } };
};
const compose = parse(read("compose.yaml")) as Compose;
const services = Object.entries(compose.services);
const gateways = services.filter(([name]) => name.startsWith("gateway-"));
const haproxy = read("haproxy.cfg");
const dockerfile = readStages(read("Dockerfile"));
const image = dockerfile.at(-1)?.steps ?? [];
const ofImage = (instruction: string) => image.findLast((step) => step.instruction === instruction)?.rest ?? "";

/** What compose does with ${NAME}, ${NAME:-default} and ${NAME:?hint}, for a filled-in .env. */
const filledIn = {
  BATON_MASTER_KEY: Buffer.alloc(32, 7).toString("base64"),
  POSTGRES_PASSWORD: "ab12".repeat(12),
  REDIS_PASSWORD: "cd34".repeat(12),
};
const asked = /\$\{([A-Z_]+)(?::([-?])([^}]*))?\}/g;
const interpolated = (text: string) =>
  text.replace(asked, (_, name, how, rest) => Reflect.get(filledIn, name) ?? (how === "-" ? rest : ""));

function environmentOf(service: Service): Record<string, string> {
  const given = Object.entries(service.environment ?? {}).map(([name, value]) => [name, interpolated(value)]);
  return { ...readEnv(ofImage("ENV")), ...Object.fromEntries(given), BATON_CONFIG: join(here, "baton.json") };
}

test("two nodes are started, alike, and each finds a configuration that the gateway takes", () => {
  expect(gateways).toHaveLength(2);
  expect(gateways[0]?.[1]).toEqual(gateways[1]?.[1]);
  for (const [, service] of gateways) {
    expect(service.volumes).toContain(`./baton.json:${service.environment?.BATON_CONFIG}:ro`);
    const config = readConfig(environmentOf(service));
    expect(config).toMatchObject({ host: "0.0.0.0", polling: false, testClock: false, builtInDemo: false });
    expect(config.databaseUrl).toBe(`postgres://baton:${filledIn.POSTGRES_PASSWORD}@postgres:5432/baton`);
  }
});

test("every variable a node is given is one that the gateway reads", () => {
  const known = new Set([...Object.keys(Environment.shape), "NODE_ENV"]);
  const given = gateways.flatMap(([, service]) => Object.keys(service.environment ?? {}));
  expect([...given, ...Object.keys(readEnv(ofImage("ENV")))].filter((name) => !known.has(name))).toEqual([]);
});

test(".env.example asks for everything the compose file asks for, and for nothing else", () => {
  const inExample = [...read(".env.example").matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name);
  const inCompose = [...read("compose.yaml").matchAll(asked)].map(([, name]) => name);
  expect(inExample.sort()).toEqual([...new Set(inCompose)].sort());
  expect(read(".gitignore").split("\n")).toContain(".env");
});

test("a node that is stopped has the time to end by itself", () => {
  for (const [, service] of gateways) {
    const seconds = Number(/^(\d+)s$/.exec(service.stop_grace_period ?? "")?.[1]);
    expect(seconds * 1_000).toBeGreaterThan(readConfig(environmentOf(service)).limits.drainMs);
  }
  expect(ofImage("STOPSIGNAL")).toBe("SIGTERM");
  // Started by a shell or by npm, it would never hear of it.
  expect(readCommand(ofImage("CMD"))).toEqual(["node", "--max-semi-space-size=64", "server/dist/main.js"]);
});

test("what the compose file mounts, builds, waits for and joins exists", () => {
  for (const [, service] of services) {
    const mounts = (service.volumes ?? []).map((volume) => volume.split(":")[0] ?? "");
    for (const source of mounts) {
      expect(source.startsWith(".") ? existsSync(join(here, source)) : source in compose.volumes, source).toBe(true);
    }
    if (service.build) expect(existsSync(join(here, service.build.context, service.build.dockerfile))).toBe(true);
    expect(Object.keys(service.depends_on ?? {}).filter((name) => !(name in compose.services))).toEqual([]);
    const joined = Array.isArray(service.networks) ? service.networks : Object.keys(service.networks);
    expect(joined).toEqual(["inside"]);
  }
});

test("the load balancer calls each node where it listens, is published where it listens, and is believed by address", () => {
  const { PORT } = readEnv(ofImage("ENV"));
  for (const [name] of gateways)
    expect(haproxy.match(new RegExp(`server ${name} ${name}:${PORT}$`, "gm"))).toHaveLength(2);
  expect(ofImage("EXPOSE")).toBe(PORT);
  const { lb } = compose.services;
  expect(lb?.ports?.map((port) => port.split(":").at(-1))).toEqual([/^ {2}bind :(\d+)$/m.exec(haproxy)?.[1]]);
  expect(services.filter(([name, { ports }]) => ports && name !== "lb")).toEqual([]);
  const address = lb && !Array.isArray(lb.networks) ? lb.networks.inside.ipv4_address : "";
  for (const [, service] of gateways) expect(readConfig(environmentOf(service)).trustedProxies).toEqual([address]);
  const subnet = compose.networks.inside.ipam.config[0]?.subnet;
  expect(subnet).toBe(address.replace(/\d+$/, "0/24"));
});

test("what the image copies is in a clean clone, or was made by a stage before", () => {
  const isSent = sentBy(readFileSync(join(root, ".dockerignore"), "utf8"));
  const before = new Set<string>();
  for (const stage of dockerfile) {
    for (const { instruction, rest } of stage.steps) {
      if (instruction !== "COPY") continue;
      const { from, sources } = readCopy(rest);
      if (from) expect(before, rest).toContain(from);
      else for (const path of sources) expect(existsSync(join(root, path)) && isSent(path), `COPY ${path}`).toBe(true);
    }
    if (stage.name) before.add(stage.name);
  }
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { workspaces: string[] };
  const copied = dockerfile[0]?.steps.flatMap(({ instruction, rest }) =>
    instruction === "COPY" ? readCopy(rest).sources : [],
  );
  // npm refuses to install when one of them is missing.
  expect(copied).toEqual(expect.arrayContaining(manifest.workspaces.map((name) => `${name}/package.json`)));
});

test("the builder is sent sources, and nothing that was built, installed or is secret", () => {
  const isSent = sentBy(readFileSync(join(root, ".dockerignore"), "utf8"));
  const sent = ["package.json", "e2e/package.json", "server/src/docs/markdown.ts", "client-widget/build/compress.mjs"];
  const kept = [
    "deploy/.env",
    "node_modules/pg/package.json",
    "server/dist/main.js",
    "server/node_modules/nanoid/x",
    ".git/HEAD",
    "e2e/faults/judge.ts",
    ".baton/master-key",
    "docs/protocol.md",
  ];
  expect(sent.filter((path) => !isSent(path))).toEqual([]);
  expect(kept.filter(isSent)).toEqual([]);
});

test("the image does not run as root, and keeps no package manager's command in between", () => {
  expect(ofImage("USER")).toBe("node");
  expect(image.filter(({ instruction }) => instruction === "RUN")).toEqual([]);
});

test.each([
  ["of the image", "/healthz", readCommand(ofImage("HEALTHCHECK"))],
  ["of the compose file", "/readyz", gateways[0]?.[1].healthcheck?.test.slice(1) ?? []],
])("the health check %s says what %s says", async (_, path, command: string[]) => {
  let status = 200;
  const asked: (string | undefined)[] = [];
  // YAML takes what looks like `key: value` for one.
  expect(command.filter((word) => typeof word !== "string")).toEqual([]);
  const node = createServer((request, response) => {
    asked.push(request.url);
    response.writeHead(status).end();
  }).listen(0, "127.0.0.1");
  await once(node, "listening");
  onTestFinished(() => void node.close());
  const address = node.address();
  const port = String(typeof address === "object" && address?.port);
  const ask = async () => {
    const [program, ...args] = command.map((word) => word.replace(":3000/", `:${port}/`));
    expect(program).toBe("node");
    const child = spawn(process.execPath, args, { env: { PORT: port }, stdio: "inherit" });
    return (await once(child, "exit"))[0];
  };
  expect(await ask()).toBe(0);
  status = 503;
  expect(await ask()).toBe(1);
  expect(asked).toEqual([path, path]);
  node.closeAllConnections();
  await new Promise((closed) => node.close(closed));
  expect(await ask()).toBe(1);
});
