import { expect, inject, onTestFinished, test } from "vitest";
import { connectPostgres } from "./connect.ts";
import { refuseUnreachable } from "./unreachable.ts";

function urlOf(database: string, user?: string): string {
  const { host, port, username, password = "" } = inject("postgresAddress");
  const account = `${encodeURIComponent(user ?? username)}:${encodeURIComponent(password)}`;
  return `postgres://${account}@localhost/${database}?host=${encodeURIComponent(host)}&port=${port}`;
}

async function reach(url: string): Promise<void> {
  const sql = connectPostgres(url, 1);
  onTestFinished(() => sql.end());
  await refuseUnreachable(sql, url);
}

test("a database that the server does not have is named, with what to do", async () => {
  await expect(reach(urlOf("postgres"))).resolves.toBeUndefined();
  await expect(reach(urlOf("no_such_shop"))).rejects.toThrow(
    "there is no database no_such_shop on this Postgres (3D000)",
  );
});

test("a user whom the server does not know is told from a server that is away", async () => {
  await expect(reach(urlOf("postgres", "nobody_here"))).rejects.toThrow(/password of nobody_here|let nobody_here into/);
});
