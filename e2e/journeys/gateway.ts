/** A gateway for a journey: a process of its own on the demo's names. */
import { GatewayProcess, gatewayHome } from "../gatewayProcess.ts";

export type Gateway = {
  /** Under `localhost`; 127.0.0.1 plays the second device. */
  url: string;
  port: number;
  /** SIGKILL: what a crash looks like. */
  kill: () => Promise<void>;
  start: () => Promise<void>;
  /** Stops it and removes its data. */
  remove: () => Promise<void>;
};

/** `config` is written to a file; without it the gateway serves its built-in demo. */
export async function createGateway(config?: object): Promise<Gateway> {
  const home = await gatewayHome(config && (() => config));
  const process = new GatewayProcess(home);
  await process.start();
  return {
    url: `http://localhost:${home.port}`,
    port: home.port,
    start: () => process.start(),
    kill: () => process.kill(),
    async remove() {
      await process.stop();
      home.remove();
    },
  };
}
