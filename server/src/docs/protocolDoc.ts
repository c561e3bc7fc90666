/** PURE. docs/protocol.md: tables from shared's wire, and the words of protocolWords.ts between them. Called by scripts/docs.mjs. */
import { generatedFrom, page } from "./markdown.ts";
import {
  authTable,
  closingTable,
  commandTable,
  connectRefusalTable,
  eventTable,
  primitiveTable,
  refusalTable,
  shapeTable,
} from "./protocolTables.ts";
import * as words from "./protocolWords.ts";

const SOURCES = "the wire in shared/src and the words in server/src/docs/protocolWords.ts";

/** @param notServedYet commands of the wire that this gateway answers `unknown_event` */
export function protocolDoc(notServedYet: Iterable<string>): string {
  return page(
    generatedFrom(SOURCES),
    words.START,
    words.CONNECTING,
    authTable(),
    words.CONNECT_REFUSALS,
    connectRefusalTable(),
    words.CLOSINGS,
    closingTable(),
    words.COMMANDS,
    commandTable(new Set(notServedYet)),
    words.SENDING,
    words.ONE_DEVICE,
    words.SILENCE,
    words.EVENTS,
    eventTable(),
    words.REVISIONS,
    words.REFUSALS,
    refusalTable(),
    words.SHAPES,
    primitiveTable(),
    shapeTable(),
    words.HTTP,
  );
}
