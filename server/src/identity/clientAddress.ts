/** PURE. From which address a connection comes, for the limits of an address. Called by the socket's door. */
import ipaddr from "ipaddr.js";

type Request = { remoteAddress: string | undefined; forwardedFor: string | undefined };

export type ClientAddress = (request: Request) => string;

/** IPv4 however it is written; undefined for what is no address. */
function parsed(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  return ipaddr.isValid(text) ? ipaddr.process(text) : undefined;
}

/** One IPv6 customer has a whole /64: counted by single addresses, one of them would be a crowd. */
function countedAs(address: ipaddr.IPv4 | ipaddr.IPv6): string {
  if (address instanceof ipaddr.IPv4) return address.toString();
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${address.toString()}/64`).toString()}/64`;
}

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number];

function rangeOf(text: string): Range {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  const address = ipaddr.process(text);
  return [address, address.kind() === "ipv4" ? 32 : 128];
}

function isWithin(address: ipaddr.IPv4 | ipaddr.IPv6, [network, bits]: Range): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}

/**
 * Walks `X-Forwarded-For` from its end, where our own proxies write, and stops at the first address that is none of
 * them: whatever stands before it, the client may have made up.
 */
export function createClientAddress(trustedProxies: readonly string[]): ClientAddress {
  const trusted = trustedProxies.map(rangeOf);
  return ({ remoteAddress, forwardedFor }) => {
    const hops = [...(forwardedFor ?? "").split(",").map((hop) => hop.trim()), remoteAddress ?? ""];
    let nearest: ipaddr.IPv4 | ipaddr.IPv6 | undefined;
    for (const hop of hops.reverse()) {
      const address = parsed(hop);
      if (!address) break;
      nearest = address;
      if (!trusted.some((range) => isWithin(address, range))) break;
    }
    return nearest ? countedAs(nearest) : "unknown";
  };
}
