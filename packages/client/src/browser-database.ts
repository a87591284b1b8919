/**
 * Opens a database of the browser's (IndexedDB) with one store.
 *
 * @returns `undefined` where the browser keeps nothing (private windows, storage switched off).
 */
export async function openBrowserDatabase(
  name: string,
  store: string,
  keyPath?: string[],
): Promise<IDBDatabase | undefined> {
  const opened = new Promise<IDBDatabase>((resolve, reject) => {
    const opening = indexedDB.open(name, 1);
    opening.addEventListener("upgradeneeded", () =>
      opening.result.createObjectStore(store, keyPath && { keyPath }),
    );
    opening.addEventListener("success", () => resolve(opening.result));
    opening.addEventListener("error", () => reject(opening.error ?? new Error("IndexedDB did not open.")));
  });
  return opened.catch(() => undefined);
}

/** Runs one request in a transaction of its own; resolves when it is on disk. */
export function transact<T>(
  db: IDBDatabase,
  store: string,
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(store, mode);
    const request = work(transaction.objectStore(store));
    transaction.addEventListener("complete", () => resolve(request.result));
    transaction.addEventListener("abort", () =>
      reject(transaction.error ?? new Error("The transaction was aborted.")),
    );
  });
}
