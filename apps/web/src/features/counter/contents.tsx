const PARTS = [
  ["timeline", "Timeline"],
  ["hood", "Under the hood"],
  ["moves", "The four moves"],
  ["storms", "Storms"],
  ["side-by-side", "Side by side"],
] as const;

/** Links to the parts of the counter, beside them. */
export function CounterContents() {
  return (
    <nav className="contents" aria-label="On this page">
      {PARTS.map(([id, name]) => (
        <a key={id} href={`#${id}`}>
          {name}
        </a>
      ))}
    </nav>
  );
}
