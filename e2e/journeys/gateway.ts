/** A gateway for a journey: a process of its own on the demo's names. */
import { GatewayProcess, gatewayHome } from "../gatewayProcess.ts";

export type Gateway = {
  /** Under `localhost`; 127.0.0.1 plays the second device. */
  url: string;
  port: number;
  /** SIGKILL: what a crash looks like. */
  kill: () => Promise<void>;
  start: () => Promise<void>;
  /** Moves its clock; everything that became due by then has taken effect. */
  pass: (ms: number) => Promise<void>;
  /** Stops it and removes its data. */
  remove: () => Promise<void>;
};

/** `config` is written to a file; without it the gateway serves its built-in demo. */
export async function createGateway(config?: object): Promise<Gateway> {
  const home = await gatewayHome(config && (() => config));
  home.env.BATON_TEST_CLOCK = "1";
  const process = new GatewayProcess(home);
  await process.start();
  return {
    url: `http://localhost:${home.port}`,
    port: home.port,
    start: () => process.start(),
    kill: () => process.kill(),
    async pass(advanceMs) {
      const headers = { "content-type": "application/json" };
      const body = JSON.stringify({ advanceMs });
      const answer = await fetch(`${home.url}/__test/clock`, { method: "POST", headers, body });
      if (!answer.ok) throw new Error(`The clock did not move: ${await answer.text()}`);
    },
    async remove() {
      await process.stop();
      home.remove();
    },
  };
}
