/** Works through a list, so many items at once. @throws what the first `work` that fails throws */
export async function workThrough<T>(
  items: Iterable<T>,
  atOnce: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const left = items[Symbol.iterator]();
  async function workOn(): Promise<void> {
    for (let next = left.next(); next.done !== true; next = left.next()) await work(next.value);
  }
  await Promise.all(Array.from({ length: atOnce }, workOn));
}
