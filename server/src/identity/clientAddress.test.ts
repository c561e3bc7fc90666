import { expect, test } from "vitest";
import { createClientAddress } from "./clientAddress.ts";

const direct = createClientAddress([]);
const behind = createClientAddress(["10.0.0.0/8", "::1"]);

test.each([
  ["a visitor without a proxy", direct, "203.0.113.7", undefined, "203.0.113.7"],
  ["a visitor who makes up a proxy", direct, "203.0.113.7", "198.51.100.1", "203.0.113.7"],
  ["a visitor behind our proxy", behind, "10.0.0.1", "203.0.113.7", "203.0.113.7"],
  ["a visitor behind two of ours", behind, "::1", "203.0.113.7, 10.1.2.3", "203.0.113.7"],
  ["a visitor who writes before our proxy does", behind, "10.0.0.1", "1.2.3.4, 203.0.113.7", "203.0.113.7"],
  ["a visitor who pretends to be our proxy", behind, "10.0.0.1", "1.2.3.4, 10.9.9.9, 203.0.113.7", "203.0.113.7"],
  ["a visitor beside our proxy", behind, "203.0.113.7", "1.2.3.4", "203.0.113.7"],
  ["a header that is no address", behind, "10.0.0.1", "hello", "10.0.0.1"],
  ["an empty header", behind, "10.0.0.1", "", "10.0.0.1"],
  ["IPv4 in IPv6's clothes", direct, "::ffff:203.0.113.7", undefined, "203.0.113.7"],
  ["our proxy in IPv6's clothes", behind, "::ffff:10.0.0.1", "203.0.113.7", "203.0.113.7"],
  ["a neighbour in one IPv6 network", direct, "2001:db8:1:2:3::4", undefined, "2001:db8:1:2::/64"],
  ["a socket that is gone", direct, undefined, undefined, "unknown"],
])("%s is counted right", (_who, clientAddress, remoteAddress, forwardedFor, counted) => {
  expect(clientAddress({ remoteAddress, forwardedFor })).toBe(counted);
});
