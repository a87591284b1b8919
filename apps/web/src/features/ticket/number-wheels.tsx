import { useEffect, useState } from "react";

const OUTLINE_MS = 1200;

/** The coat number on number wheels: only the wheels whose digit changes roll. Decorative; the words beside it say the number. */
export function NumberWheels({ coat, digits = 3 }: { coat: number | null; digits?: number }) {
  const changed = useJustChanged(coat);
  const shown = coat === null ? "–".repeat(digits) : String(coat).padStart(digits, "0");
  return (
    <span className={changed ? "wheels changed" : "wheels"} aria-hidden="true">
      {Array.from(shown, (digit, index) => (
        // A wheel is its place, counted from the right, so that 99 to 100 turns the wheels that were there.
        <Wheel key={shown.length - index} digit={digit} />
      ))}
    </span>
  );
}

/** True for a moment after the coat changed: readers who asked for less motion see an outline instead of a roll. */
function useJustChanged(coat: number | null): boolean {
  const [seen, setSeen] = useState({ coat, changed: false });
  if (seen.coat !== coat) setSeen({ coat, changed: true });
  useEffect(() => {
    if (!seen.changed) return undefined;
    const timer = setTimeout(() => setSeen({ coat: seen.coat, changed: false }), OUTLINE_MS);
    return () => clearTimeout(timer);
  }, [seen]);
  return seen.changed;
}

function Wheel({ digit }: { digit: string }) {
  const [faces, setFaces] = useState<{ now: string; before: string | null }>({ now: digit, before: null });
  if (faces.now !== digit) setFaces({ now: digit, before: faces.now });
  return (
    <b>
      {faces.before === null ? null : (
        <i key={`out ${faces.before}`} className="leaves">
          {faces.before}
        </i>
      )}
      <i
        key={faces.now}
        className={faces.before === null ? undefined : "comes"}
        onAnimationEnd={() => setFaces({ now: digit, before: null })}
      >
        {faces.now}
      </i>
    </b>
  );
}
