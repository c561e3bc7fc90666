/**
 * The process's own figures, under the names prom-client gives its defaults. Not its collectDefaultMetrics: that one
 * starts a timer and an observer it never stops, and every gateway of a test would leave them behind.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Gauge, type Registry } from "prom-client";

const RESOLUTION_MS = 10;
const NANOSECONDS = 1e9;

type Reading = { name: string; help: string; read: () => number };

/** Returns what stops the measuring. */
export function registerProcessMetrics(registry: Registry): () => void {
  const lag = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  lag.enable();
  // The histogram measures the whole interval, its resolution included.
  const seconds = (nanoseconds: number) => Math.max(0, (nanoseconds || 0) / NANOSECONDS - RESOLUTION_MS / 1_000);
  const startedAt = Date.now() / 1_000 - process.uptime();
  const readings: Reading[] = [
    { name: "process_start_time_seconds", help: "Start, in seconds since 1970.", read: () => startedAt },
    { name: "process_resident_memory_bytes", help: "Resident memory.", read: () => process.memoryUsage.rss() },
    { name: "nodejs_heap_size_used_bytes", help: "Used heap.", read: () => process.memoryUsage().heapUsed },
    { name: "process_cpu_seconds_total", help: "Processor time used, user and system.", read: cpuSeconds },
    {
      name: "nodejs_eventloop_lag_p50_seconds",
      help: "Event loop lag since the last scrape, median.",
      read: () => seconds(lag.percentile(50)),
    },
    {
      name: "nodejs_eventloop_lag_p99_seconds",
      help: "Event loop lag since the last scrape, p99.",
      read: () => seconds(lag.percentile(99)),
    },
    {
      name: "nodejs_eventloop_lag_max_seconds",
      help: "Event loop lag since the last scrape, maximum.",
      read: () => readAndReset(lag, seconds),
    },
  ];
  for (const { name, help, read } of readings) registry.registerMetric(gauge(name, help, read));
  return () => lag.disable();
}

function gauge(name: string, help: string, read: () => number): Gauge {
  return new Gauge({
    name,
    help,
    registers: [],
    collect() {
      this.set(read());
    },
  });
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

type Lag = ReturnType<typeof monitorEventLoopDelay>;

/** The maximum is read last, so this is where the next interval begins. */
function readAndReset(lag: Lag, seconds: (nanoseconds: number) => number): number {
  const max = seconds(lag.max);
  lag.reset();
  return max;
}
