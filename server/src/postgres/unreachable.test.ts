import { once } from "node:events";
import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { connectPostgres } from "./connect.ts";
import { refuseUnreachable, whyUnreachable } from "./unreachable.ts";

const ADDRESS = "postgres://ada:hunter2@db.example:5433/shop";
const failing = (code: string, message = "x") => Object.assign(new Error(message), code === "" ? {} : { code });

test.each([
  ["ECONNREFUSED", "", "no Postgres listens at db.example:5433 (ECONNREFUSED). Start it"],
  ["ENOTFOUND", "", "the host of db.example:5433 is known to no name server"],
  ["EHOSTUNREACH", "", "nothing answers at db.example:5433 (EHOSTUNREACH)"],
  ["", "timeout exceeded when trying to connect", "nothing answers at db.example:5433. Correct host"],
  ["28P01", "", "does not accept the password of ada, or none was given (28P01). Correct it"],
  ["", "SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string", "or none was given. Correct it"],
  ["28000", "", "does not let ada into the database shop (28000)"],
  ["3D000", "", "there is no database shop on this Postgres (3D000). Create it"],
  ["53300", "", "has no connection left"],
  ["57P03", "", "only starting"],
  ["SELF_SIGNED_CERT_IN_CHAIN", "", "sslrootcert="],
  ["", "The server does not support SSL connections", "speaks no TLS"],
])("%s %s is said with its mend, and without the password", (code, message, words) => {
  const why = whyUnreachable(failing(code, message), ADDRESS);
  expect(why).toContain(words);
  expect(why).not.toContain("hunter2");
});

test("what is no matter of reaching it keeps its own words", () => {
  expect(whyUnreachable(failing("42601"), ADDRESS)).toBeUndefined();
  expect(whyUnreachable(failing("", "a bug"), ADDRESS)).toBeUndefined();
});

test.each([
  "postgres://ada:12/34@db/shop",
  "postgres://ada:12?34@db/shop",
  "postgres://ada:12#34@db/shop",
  "postgres://ada:x@12/34@db/shop",
])("of %s nothing is shown: its password was taken for host, port and database", (url) => {
  const why = whyUnreachable(failing("ECONNREFUSED"), url);
  expect(why).toContain("%2F, %3F, %23");
  expect(why).not.toMatch(/12|34/);
});

test.each([
  ["postgres://ada:hunter2@db/shop?application_name=baton@eu", "db:5432"],
  ["postgres:///shop?host=/run/postgresql&application_name=baton@eu", "/run/postgresql:5432"],
])("an @ among the parameters of %s is no password's, and the cause stays", async (url, place) => {
  const refused = failing("ECONNREFUSED");
  expect(whyUnreachable(refused, url)).toContain(`no Postgres listens at ${place} (ECONNREFUSED)`);
  const asked = refuseUnreachable(() => Promise.reject(refused), url);
  await expect(asked).rejects.toMatchObject({ cause: refused });
});

test("a gateway hears it of a port on which nobody listens", async () => {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const place = probe.address();
  probe.close();
  await once(probe, "close");
  const port = typeof place === "object" ? place?.port : 0;
  const url = `postgres://ada:hunter2@127.0.0.1:${port}/shop`;
  const sql = connectPostgres(url);
  onTestFinished(() => sql.end());
  await expect(refuseUnreachable(sql, url)).rejects.toThrow(
    `DATABASE_URL: no Postgres listens at 127.0.0.1:${port} (ECONNREFUSED). Start it, or correct host and port.`,
  );
});
