// Starts and stops the server process of one data folder, whoever started it.
import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import type { PostgresAddress } from "./folderLock.ts";
import { findPostmaster, port, removeStaleGuards } from "./pidFile.ts";
import { databaseUser, type PostgresPlace } from "./postgresFolder.ts";
import { endOf, startProgram } from "./programs.ts";
import { makeSocketFolder, removeSocketFolder } from "./socketFolder.ts";

export type Postmaster = {
  child: ChildProcess;
  /** How it ended, `undefined` when well. */
  end: Promise<string | undefined>;
};

/** For one gateway with a pool of a few connections: small memory, no helpers that serve other ways of running Postgres. */
const settings: Record<string, string> = {
  listen_addresses: "",
  unix_socket_permissions: "0700",
  max_connections: "50",
  shared_buffers: "96MB",
  // Few processes: no replicas, no parallel queries, no workers that read ahead.
  wal_level: "minimal",
  max_wal_senders: "0",
  max_logical_replication_workers: "0",
  max_parallel_workers_per_gather: "0",
  io_method: "sync",
  jit: "off",
  // The promise of every acknowledged message. Said aloud so that nobody's postgresql.conf takes it back.
  fsync: "on",
  synchronous_commit: "on",
  full_page_writes: "on",
  max_wal_size: "512MB",
  timezone: "UTC",
  log_timezone: "UTC",
  // Statements and their details may carry what visitors wrote; only the server's own life is logged.
  log_min_messages: "log",
  log_min_error_statement: "panic",
  log_error_verbosity: "terse",
  log_checkpoints: "off",
};

export function addressOf({ socketFolder, password }: PostgresPlace): PostgresAddress {
  return { host: socketFolder, port, database: "postgres", username: databaseUser, password };
}

/** Starts the server. It may end at once: another one runs on the folder, or remains of a killed one still do. */
export function startPostmaster(place: PostgresPlace, extra: Record<string, string> = {}): Postmaster {
  makeSocketFolder(place.socketFolder, place.user);
  removeStaleGuards(place);
  const all = { ...settings, port: String(port), unix_socket_directories: place.socketFolder, ...extra };
  const pairs = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const args = (folder: string) => ["-D", `${folder}/data`, ...pairs];
  const child = startProgram(place.binaries.postgres, { ...place, args });
  // The gateway may end without stopping it, and must not be kept from ending by it.
  child.unref();
  return { child, end: endOf(child) };
}

/**
 * First politely, then without waiting for anybody; Postgres loses nothing committed either way. A server that is asked
 * while it recovers from a crash of its own was seen never to end: the second way ends it, and the next start recovers.
 */
const shutdowns: { signal: NodeJS.Signals; patienceMs: number }[] = [
  { signal: "SIGINT", patienceMs: 4_000 },
  { signal: "SIGQUIT", patienceMs: 5_000 },
  { signal: "SIGKILL", patienceMs: 5_000 },
];

const SAY_AGAIN_MS = 500;

/** Resolves when the folder's server has ended; at once when none runs. */
export async function stopServer(place: PostgresPlace, own: Postmaster | undefined): Promise<void> {
  const running = () => findPostmaster(place) ?? (isRunning(own) ? own?.child.pid : undefined);
  for (const { signal, patienceMs } of shutdowns) {
    const until = performance.now() + patienceMs;
    while (performance.now() < until) {
      const pid = running();
      if (pid === undefined) break;
      // Said again: a server that is just getting over a crash of its own was seen to forget it.
      process.kill(pid, signal);
      await goneWithin(SAY_AGAIN_MS, running);
    }
  }
  removeSocketFolder(place.socketFolder);
}

/** Polled, since a server that an earlier gateway started is no child of ours and tells us nothing. */
async function goneWithin(ms: number, running: () => number | undefined): Promise<void> {
  const until = performance.now() + ms;
  while (running() !== undefined && performance.now() < until) await sleep(5);
}

export function isRunning(postmaster: Postmaster | undefined): boolean {
  if (postmaster?.child.pid === undefined) return false;
  return postmaster.child.exitCode === null && postmaster.child.signalCode === null;
}
