import { afterEach, beforeEach, expect, test } from "vitest";
import { testDatabase } from "../testing/testGateway.ts";
import { connectPostgres, type Sql } from "./connect.ts";
import { migrate } from "./migrate.ts";

let database: Awaited<ReturnType<typeof testDatabase>>;
let nodes: Sql[];
beforeEach(async () => {
  database = await testDatabase();
  nodes = [1, 2].map(() => connectPostgres(database.target, 2));
});
afterEach(async () => {
  for (const sql of nodes) await sql.end();
  await database.drop();
});

function node(index = 0): Sql {
  const sql = nodes[index];
  if (!sql) throw new Error(`there is no node ${index}`);
  return sql;
}

const landed = () => node()<{ name: string; hash: string }>`SELECT name, hash FROM migrations ORDER BY name`;

test("two nodes that start at once apply every file once, in order, and both go on", async () => {
  const [first = [], second = []] = await Promise.all(nodes.map((sql) => migrate(sql)));
  for (const applied of [first, second]) expect(applied).toEqual(applied.toSorted());
  expect((await landed()).map(({ name }) => name)).toEqual([...first, ...second].toSorted());
  expect((await landed())[0]?.name).toBe("0001_first_tables.sql");
});

test("a node that starts later has nothing to do", async () => {
  await migrate(node());
  const before = await landed();
  expect(await migrate(node(1))).toEqual([]);
  expect(await landed()).toEqual(before);
});

test("a landed file that was edited names itself, and nothing else is applied", async () => {
  await migrate(node());
  const [first, ...others] = await landed();
  await node()`UPDATE migrations SET hash = 'another' WHERE name = ${first?.name}`;
  for (const { name } of others) await node()`DELETE FROM migrations WHERE name = ${name}`;
  await expect(migrate(node())).rejects.toThrow(`${first?.name} was changed after it was applied`);
  expect(await landed()).toEqual([{ name: first?.name, hash: "another" }]);
});

test("a file that fails leaves nothing of itself behind", async () => {
  await node().script("CREATE TABLE turns (id text)");
  await expect(migrate(node())).rejects.toThrow(/already exists/);
  const [row] = await node()<{ tables: string[] }>`
    SELECT array_agg(tablename::text) AS tables FROM pg_tables WHERE schemaname = 'public'`;
  expect(row?.tables).toEqual(["turns"]);
  await node().script("DROP TABLE turns");
  expect((await migrate(node())).length).toBeGreaterThan(0);
});

test("a file that only a newer version knows is let be", async () => {
  await migrate(node());
  await node()`INSERT INTO migrations (name, hash) VALUES ('9999_of_tomorrow.sql', 'hash')`;
  expect(await migrate(node(1))).toEqual([]);
});

test("a file that meets a write which holds what it needs is tried anew", async () => {
  const real = node();
  let met = 0;
  const begin: Sql["begin"] = (run) => {
    met += 1;
    const deadlock = Object.assign(new Error("deadlock detected"), { code: "40P01" });
    return met % 2 === 1 ? Promise.reject(deadlock) : real.begin(run);
  };
  const applied = await migrate(
    new Proxy(real, { get: (sql, key) => (key === "begin" ? begin : Reflect.get(sql, key)) }),
  );
  expect((await landed()).map(({ name }) => name)).toEqual(applied);
});
