import { expect, test } from "vitest";
import { isStorageDown } from "./storageDown.ts";

const coded = (code: unknown, message = "") => Object.assign(new Error(message), { code });

test.each([
  ["nobody listens", "ECONNREFUSED"],
  ["the line was cut", "ECONNRESET"],
  ["the socket is gone", "ENOENT"],
  ["the line was cut while writing", "EPIPE"],
  ["no answer", "ETIMEDOUT"],
  ["its name is not known now", "ENOTFOUND"],
  ["names are not known at all now", "EAI_AGAIN"],
  ["the connection does not exist", "08003"],
  ["too many connections", "53300"],
  ["the disk is full", "53100"],
  ["an administrator stops it", "57P01"],
  ["it is starting", "57P03"],
  ["a statement was stopped", "57014"],
  ["the disk cannot be read", "58030"],
  ["a standby", "25006"],
  ["a deadlock", "40P01"],
  ["a conflict of transactions", "40001"],
])("when %s, the database is away for now", (_, code) => {
  expect(isStorageDown(coded(code))).toBe(true);
});

test.each([
  ["a value twice", "23505"],
  ["a NUL in a text", "22021"],
  ["a table that is not there", "42P01"],
  ["a wrong password", "28P01"],
  ["no such database", "3D000"],
  ["a transaction that has failed", "25P02"],
  ["a constraint of the transaction", "40002"],
  ["a fault of its own", "XX000"],
  ["no right to the file", "EPERM"],
])("%s is no outage", (_, code) => {
  expect(isStorageDown(coded(code))).toBe(false);
});

test.each([
  "Connection terminated",
  "Connection terminated unexpectedly",
  "Connection terminated due to connection timeout",
  "timeout exceeded when trying to connect",
  "Client has encountered a connection error and is not queryable",
  "Query read timeout",
])("the driver's «%s» is an outage, which it has no code for", (message) => {
  expect(isStorageDown(new Error(message))).toBe(true);
});

test("what a statement's text says is never taken for the driver's word", () => {
  expect(isStorageDown(coded("22P02", "Connection terminated"))).toBe(false);
  expect(isStorageDown(new Error("invalid input: Connection terminated"))).toBe(false);
});

test.each([undefined, null, "ECONNREFUSED", { code: "ECONNREFUSED" }])("%j is no error of the database", (thrown) => {
  expect(isStorageDown(thrown)).toBe(false);
});

test("when no address of a host answers, the error of them all is an outage", () => {
  expect(isStorageDown(Object.assign(new AggregateError([coded("ECONNREFUSED")]), { code: "ECONNREFUSED" }))).toBe(
    true,
  );
});
