import { type Coat, CoatDrawing } from "./coat-drawing.tsx";

/** From the back to the front; the one that belongs to the ticket hangs last, before all others. */
const COATS: readonly Coat[] = [
  { at: -46, width: 54, hem: 560, flare: 8, cloth: [0.39, 0.046, 160], cut: "lapel", tag: "4118", tilt: -3 },
  { at: 52, width: 52, hem: 500, flare: 6, cloth: [0.35, 0.046, 152], cut: "collar", tag: "4119", tilt: 2.5 },
  {
    at: 150,
    width: 56,
    hem: 612,
    flare: 10,
    cloth: [0.415, 0.046, 166],
    cut: "lapel",
    tag: "4120",
    tilt: -2,
  },
  { at: 248, width: 50, hem: 474, flare: 6, cloth: [0.365, 0.046, 158], cut: "collar", tag: "4121", tilt: 3 },
  { at: 738, width: 53, hem: 520, flare: 8, cloth: [0.38, 0.046, 160], cut: "lapel", tag: "4135", tilt: 2 },
  {
    at: 640,
    width: 54,
    hem: 540,
    flare: 10,
    cloth: [0.37, 0.046, 150],
    cut: "collar",
    tag: "4134",
    tilt: -2,
  },
  { at: 548, width: 52, hem: 496, flare: 6, cloth: [0.405, 0.046, 163], cut: "lapel", tag: "4131", tilt: 2 },
  { at: 344, width: 54, hem: 540, flare: 8, cloth: [0.39, 0.046, 156], cut: "lapel", tag: "4124", tilt: -3 },
];

/** The rail of coats behind the counter. Decorative. */
export function CoatRail({ ticket }: { ticket: string }) {
  return (
    <svg className="rack" viewBox="0 0 656 720" preserveAspectRatio="xMidYMin slice" aria-hidden="true">
      <path d="M-600 92h1856v8h-1856z" fill="var(--rail)" />
      <path d="M-600 97.500h1856v2.500h-1856z" fill="oklch(0.2 0.03 100 / 0.4)" />
      {COATS.map((coat) => (
        <CoatDrawing key={coat.at} coat={coat} />
      ))}
      <CoatDrawing
        coat={{
          at: 446,
          width: 58,
          hem: 580,
          flare: 9,
          cloth: [0.5, 0.075, 158],
          cut: "lapel",
          tag: ticket,
          tilt: 2,
          mine: true,
        }}
      />
    </svg>
  );
}
