const CENTRE = 118;
const REACH = 96;
const STEPS = 420;

/**
 * Draws the rosette behind a ticket number as one SVG path in a 236 by 236 box.
 *
 * It grows from the four digits alone, so the same number always prints the same rosette and another sign-in prints another.
 *
 * @param ticket Four decimal digits; a missing digit counts as 0.
 */
export function drawRosette(ticket: string): string {
  const [d1, d2, d3] = Array.from({ length: 3 }, (_, index) => Number(ticket[index] ?? 0) || 0) as [
    number,
    number,
    number,
  ];
  const petals = 7 + d1;
  const fold = 3 + (d2 % 4);
  const depth = 0.16 + 0.02 * d3;
  const outer = Array.from({ length: 6 }, (_, strand) => (angle: number) => {
    const swing = 0.7 + 0.3 * Math.cos(fold * angle);
    return 1 - depth + depth * Math.sin(petals * angle + (strand * Math.PI) / 3) * swing;
  });
  const inner = Array.from({ length: 4 }, (_, strand) => (angle: number) => {
    return 0.44 + 0.18 * Math.sin(petals * angle + (strand * Math.PI) / 2);
  });
  return [...outer, ...inner].map(drawStrand).join("");
}

function drawStrand(radiusAt: (angle: number) => number): string {
  const points = Array.from({ length: STEPS }, (_, step) => {
    const angle = (step / STEPS) * 2 * Math.PI;
    const radius = REACH * radiusAt(angle);
    return `${round(CENTRE + radius * Math.cos(angle))} ${round(CENTRE + radius * Math.sin(angle))}`;
  });
  return `M${points.join("L")}Z`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
