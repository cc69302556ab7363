/**
 * Where keys outlive the call that made them. `localStorage` and `sessionStorage` are such storages; so is anything else with
 * these three methods, whether they return or resolve.
 */
export interface KeyStorage {
  getItem(name: string): string | null | undefined | Promise<string | null | undefined>;
  setItem(name: string, value: string): unknown;
  removeItem(name: string): unknown;
}

/** Outlives the call, not the page. */
export function memoryStorage(): KeyStorage {
  const items = new Map<string, string>();
  return {
    getItem: name => items.get(name),
    setItem: (name, value) => items.set(name, value),
    removeItem: name => items.delete(name),
  };
}
