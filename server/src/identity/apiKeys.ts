/** Whose server-to-server call this is. Called by http/ for every `Authorization: Bearer` header. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { ApiScope, SiteConfig } from "../config/siteConfig.ts";

export type ApiCaller = { readonly site: string; readonly keyName: string; readonly scopes: readonly ApiScope[] };

export type ApiKeys = {
  /** undefined for a missing header, another scheme, and a key nobody has. */
  find(authorization: string | undefined): ApiCaller | undefined;
};

function hashOf(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}

export function createApiKeys(sites: Iterable<SiteConfig>): ApiKeys {
  const known = [...sites].flatMap((site) =>
    site.apiKeys.map(({ key, name, scopes }) => ({
      hash: hashOf(key),
      caller: { site: site.id, keyName: name, scopes },
    })),
  );
  return {
    find(authorization) {
      const [, key] = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(authorization ?? "") ?? [];
      if (key === undefined) return undefined;
      const hash = hashOf(key);
      // Every one is compared, to the end: the time tells neither which key nor how much of it was right.
      return known.filter((entry) => timingSafeEqual(entry.hash, hash))[0]?.caller;
    },
  };
}
