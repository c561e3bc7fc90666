/**
 * A Postgres of the operator's own that cannot be reached at the start: cause and mend, never the password. Called by main.ts,
 * before anything is asked of it.
 */
import type { Queryable } from "./connect.ts";

/** @throws with cause and mend when DATABASE_URL leads to nothing that answers */
export async function refuseUnreachable(sql: Queryable, url: string): Promise<void> {
  try {
    await sql`SELECT 1`;
  } catch (error) {
    const why = whyUnreachable(error, url);
    if (why === undefined) throw error;
    // The driver's own words hold whatever it took for the host.
    throw new Error(why, isSplitWrong(url) ? {} : { cause: error });
  }
}

/** PURE. Undefined for what says nothing about the way to the database. */
export function whyUnreachable(error: unknown, url: string): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = "code" in error ? String(error.code) : "";
  const mend = MENDS.find(({ codes, words }) => codes.includes(code) || words?.test(error.message));
  if (!mend) return undefined;
  const parsed = new URL(url);
  const said = code === "" ? "" : ` (${code})`;
  if (isSplitWrong(url))
    return `DATABASE_URL leads nowhere${said}: there is an @ behind a /, ? or #. Write these in user and password as %2F, %3F, %23.`;
  return `DATABASE_URL: ${mend.say(placeOf(parsed))}${said}. ${mend.mend}`;
}

type Place = { readonly at: string; readonly database: string; readonly user: string };

type Mend = {
  readonly codes: readonly string[];
  /** Of errors without a code. */
  readonly words?: RegExp;
  say(place: Place): string;
  readonly mend: string;
};

const MENDS: readonly Mend[] = [
  {
    codes: ["ECONNREFUSED"],
    say: ({ at }) => `no Postgres listens at ${at}`,
    mend: "Start it, or correct host and port.",
  },
  {
    codes: ["ENOENT", "EACCES"],
    say: ({ at }) => `the socket of a Postgres at ${at} is not there, or not for this user`,
    mend: "Start it, or correct the folder of its socket.",
  },
  {
    codes: ["ENOTFOUND", "EAI_AGAIN"],
    say: ({ at }) => `the host of ${at} is known to no name server`,
    mend: "Correct the host, or the names that this machine can resolve.",
  },
  {
    codes: ["ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH"],
    words: /^(?:timeout exceeded when trying to connect|Connection terminated due to connection timeout)/,
    say: ({ at }) => `nothing answers at ${at}`,
    mend: "Correct host and port, or let this machine through the firewall between them.",
  },
  {
    codes: ["28P01"],
    words: /client password must be/,
    say: ({ user }) => `Postgres does not accept the password of ${user}, or none was given`,
    mend: "Correct it: postgresql://user:password@host/database, with its special characters written as %40 for @, %2F for /.",
  },
  {
    codes: ["28000"],
    say: ({ user, database }) => `Postgres does not let ${user} into the database ${database}`,
    mend: "Correct the user, allow it in pg_hba.conf, or add ?sslmode=require where the server demands TLS.",
  },
  {
    codes: ["3D000"],
    say: ({ database }) => `there is no database ${database} on this Postgres`,
    mend: "Create it (CREATE DATABASE … ENCODING 'UTF8'), or correct the name at the end.",
  },
  {
    codes: ["42501"],
    say: ({ user, database }) => `Postgres does not let ${user} connect to the database ${database}`,
    mend: "GRANT CONNECT on it to that user.",
  },
  {
    codes: ["53300"],
    say: ({ at }) => `the Postgres at ${at} has no connection left`,
    mend: "Raise its max_connections, or end who holds them: a gateway takes up to 10.",
  },
  {
    codes: ["57P03"],
    say: ({ at }) => `the Postgres at ${at} is only starting, or stopping`,
    mend: "Start the gateway again when it is there.",
  },
  {
    codes: [
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "SELF_SIGNED_CERT_IN_CHAIN",
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
      "ERR_TLS_CERT_ALTNAME_INVALID",
      "CERT_HAS_EXPIRED",
    ],
    say: ({ at }) => `the certificate of the Postgres at ${at} is not trusted here`,
    mend: "Add ?sslmode=verify-full&sslrootcert=/path/of/its/ca.pem, or give it a certificate of this host's name.",
  },
  {
    codes: [],
    words: /^The server does not support SSL connections/,
    say: ({ at }) => `the Postgres at ${at} speaks no TLS, which sslmode asks for`,
    mend: "Switch TLS on there, or leave sslmode out.",
  },
];

/**
 * A password's `/`, `?` or `#` has ended it too early: what looks like host and port are parts of it. An `@` among the
 * parameters is theirs where user and password have already ended with one.
 */
function isSplitWrong(url: string): boolean {
  const [, host = "", path = "", rest = ""] = /^[^:]+:\/\/([^/?#]*)([^?#]*)(.*)$/s.exec(url) ?? [];
  // One in the path is taken for a password's in any case: of `ada:p@ss/word@db` a part would be shown.
  return path.includes("@") || (!host.includes("@") && host !== "" && rest.includes("@"));
}

function placeOf({ hostname, port, pathname, username, searchParams }: URL): Place {
  const host = searchParams.get("host") ?? hostname;
  const user = username === "" ? "this user" : decoded(username);
  return {
    at: `${host === "" ? "localhost" : host}:${searchParams.get("port") ?? (port === "" ? "5432" : port)}`,
    database: decoded(pathname.slice(1)) || user,
    user,
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
