/** All that a page shows and a browser keeps, as one text in which somebody's words can be looked for. */
import type { Page } from "@playwright/test";

export function traces(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const shown = document.querySelector("baton-widget")?.shadowRoot?.innerHTML;
    const fields = [...(document.querySelector("baton-widget")?.shadowRoot?.querySelectorAll("textarea") ?? [])];
    const kept: unknown[] = [];
    for (const { name } of await indexedDB.databases()) {
      const database = await answer(indexedDB.open(name ?? ""));
      for (const store of database.objectStoreNames) {
        kept.push(await answer(database.transaction(store).objectStore(store).getAll()));
      }
      database.close();
    }
    const values = fields.map(({ value }) => value);
    return JSON.stringify([shown, document.title, values, { ...localStorage }, { ...sessionStorage }, kept]);

    function answer<T>(request: IDBRequest<T>): Promise<T> {
      return new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    }
  });
}
