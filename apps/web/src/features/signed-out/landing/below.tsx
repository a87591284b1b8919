import { useEffect, useRef, useState } from "react";
import { loadPart } from "../../../app/load-part.tsx";

const Landing = loadPart(() => import("./landing.tsx"));

/** The place below the first screen. What stands there is fetched when it comes into view: signing in doesn't wait for it. */
export function Below() {
  const place = useRef<HTMLDivElement>(null);
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    if (place.current === null) return undefined;
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting === true) setSeen(true);
      },
      // Touching the lower edge isn't in view.
      { rootMargin: "-1px" },
    );
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  return (
    <div className="below" id="how" ref={place}>
      {isSeen ? <Landing /> : null}
    </div>
  );
}
