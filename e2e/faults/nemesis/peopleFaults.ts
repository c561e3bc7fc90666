/** Faults on people's side: their network, their impatience, their two hands. Rows of faults.ts. */
import type { Fault, Heal, Scene } from "./fault.ts";

/** Every way through a proxy of that kind, to whichever node. */
const tcpOf = ({ routes }: Scene) => routes.fronts.map(({ tcp }) => tcp);
const healSocketIo =
  (scene: Scene): Heal =>
  async () => {
    for (const proxy of socketIoOf(scene)) proxy.heal();
  };
const socketIoOf = ({ routes }: Scene) => routes.fronts.map(({ socketIo }) => socketIo);

export const NETWORK_FAULTS: readonly Fault[] = [
  {
    name: "TCP reset amid a frame",
    hits: "way to nodes",
    lastsMs: { short: 2_000, long: 10_000 },
    async begin(scene) {
      const { random } = scene;
      for (const tcp of tcpOf(scene)) {
        tcp.apply({ direction: "up", do: { kind: "cutAfter", bytes: random.between(1, 2_000) } });
        tcp.apply({ direction: "down", do: { kind: "cutAfter", bytes: random.between(1, 4_000) } });
      }
      return async () => void (await Promise.all(tcpOf(scene).map((tcp) => tcp.heal())));
    },
  },
  {
    // When it heals the network says so: what was sent on these links is answered by a reset, as routers and kernels do.
    name: "half open",
    hits: "way to nodes",
    lastsMs: { short: 3_000, long: 60_000 },
    async begin(scene) {
      for (const tcp of tcpOf(scene)) tcp.apply({ do: { kind: "blackhole" } });
      return async () => {
        await Promise.all(tcpOf(scene).map((tcp) => tcp.heal()));
        for (const tcp of tcpOf(scene)) tcp.reset();
      };
    },
  },
  {
    name: "acks dropped after the commit",
    hits: "way to nodes",
    lastsMs: { short: 2_500, long: 15_000 },
    async begin(scene) {
      for (const proxy of socketIoOf(scene)) proxy.apply({ type: "ack", event: "message:send", do: { kind: "drop" } });
      return healSocketIo(scene);
    },
  },
  {
    name: "acks delayed past the client's patience",
    hits: "way to nodes",
    lastsMs: { short: 2_500, long: 15_000 },
    async begin(scene) {
      for (const proxy of socketIoOf(scene))
        proxy.apply({ type: "ack", event: "message:send", do: { kind: "delay", ms: 1.5 * scene.crowd.patienceMs } });
      return healSocketIo(scene);
    },
  },
];

const RELOADS = 3;
const CLAIM_EVERY_MS = 200;

export const PEOPLE_FAULTS: readonly Fault[] = [
  {
    name: "three reloads with a send in flight",
    hits: "people",
    lastsMs: { short: 2_000, long: 10_000 },
    async begin({ crowd, random }) {
      const reloads = new Map(random.some(crowd.people, 12).map((person) => [person, 0]));
      const stop = crowd.everyAcks(3, () => {
        for (const [person, count] of reloads) {
          const page = person.active;
          if (count === RELOADS || !page?.line) continue;
          reloads.set(person, count + 1);
          person.write();
          page.reload();
        }
      });
      return async () => stop();
    },
  },
  {
    name: "two devices that claim every 200 ms",
    hits: "people",
    lastsMs: { short: 2_000, long: 15_000 },
    async begin({ crowd, random }) {
      const rivals = random.some(
        crowd.people.filter(({ pages }) => pages.length > 1),
        8,
      );
      const claim = () => {
        for (const { pages } of rivals) for (const page of pages) void page.pressTakeover();
      };
      const timer = setInterval(claim, CLAIM_EVERY_MS);
      return async () => clearInterval(timer);
    },
  },
];
