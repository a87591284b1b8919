export type Coat = {
  /** Where its hook hangs on the rail. */
  at: number;
  /** Half the width of the shoulders. */
  width: number;
  /** Where the hem ends. */
  hem: number;
  flare: number;
  /** Lightness, chroma and hue of the cloth. */
  cloth: readonly [lightness: number, chroma: number, hue: number];
  cut: "lapel" | "collar";
  tag: string;
  tilt: number;
  mine?: boolean;
};

/** One coat on its hanger, drawn from a handful of measures. */
export function CoatDrawing({ coat }: { coat: Coat }) {
  const { at: x, width: w, hem, flare, cut, mine = false } = coat;
  const [lightness, chroma, hue] = coat.cloth;
  const cloth = `oklch(${lightness} ${chroma} ${hue})`;
  const fold = `oklch(${lightness - 0.045} ${chroma - 0.003} ${hue})`;
  const seam = `oklch(${lightness - 0.1} ${chroma * 0.8} ${hue})`;
  const cuff = cut === "lapel" ? 376 : 362;
  const firstButton = cut === "lapel" ? 268 : 196;
  const buttons = cut === "lapel" ? 3 : 4;
  return (
    <g strokeLinejoin="round" stroke={seam} strokeWidth="1.4">
      <path
        d={`M${x} 140V118c0-6 8.500-6.500 8.500-14.500a8.500 8.500 0 0 0-16.500-3`}
        fill="none"
        stroke="var(--rail)"
        strokeWidth="2.8"
        strokeLinecap="round"
      />
      {[-1, 1].map((side) => (
        <path
          key={side}
          fill={fold}
          d={`M${x + side * (w - 12)} 160C${x + side * (w + 8)} 170 ${x + side * (w + 15)} 200 ${x + side * (w + 17)} 250L${x + side * (w + 21)} ${cuff}Q${x + side * (w + 6)} ${cuff + 7} ${x + side * (w - 9)} ${cuff + 1}L${x + side * (w - 16)} 236Z`}
        />
      ))}
      <path
        fill={cloth}
        d={`M${x - 17} 142L${x - w} 157Q${x - w - 6} 161 ${x - w - 2} 180C${x - w + 10} 230 ${x - w + 8} 290 ${x - w + 4} 330L${x - w - flare} ${hem}Q${x} ${hem + 9} ${x + w + flare} ${hem}L${x + w - 4} 330C${x + w - 8} 290 ${x + w - 10} 230 ${x + w + 2} 180Q${x + w + 6} 161 ${x + w} 157L${x + 17} 142Q${x} 149 ${x - 17} 142Z`}
      />
      {cut === "lapel" ? (
        <>
          <path stroke="none" fill={seam} d={`M${x - 15} 143Q${x} 150 ${x + 15} 143L${x + 3} 240h-4Z`} />
          {[-1, 1].map((side) => (
            <path
              key={side}
              fill={fold}
              d={`M${x + side * 16} 140C${x + side * 25} 148 ${x + side * 31} 164 ${x + side * 34} 182L${x + side * 24} 186L${x + side * 31} 196L${x + 3} 248L${x + (side < 0 ? -2 : 4)} 200Z`}
            />
          ))}
          <path fill="none" d={`M${x + 3} 248L${x + 5} ${hem + 6}`} />
        </>
      ) : (
        <>
          <path
            fill={fold}
            d={`M${x - 19} 141Q${x} 128 ${x + 19} 141L${x + 22} 165Q${x} 176 ${x - 22} 165Z`}
          />
          <path fill="none" d={`M${x + 5} 171L${x + 7} ${hem + 6}M${x} 135V171`} />
        </>
      )}
      {Array.from({ length: buttons }, (_, button) => (
        <circle key={button} cx={x - 8} cy={firstButton + 44 * button} r="3.6" fill={seam} stroke="none" />
      ))}
      {[-1, 1].map((side) => (
        <path
          key={side}
          fill={fold}
          d={`M${x + side * (w - 32)} 352L${x + side * (w - 4)} 345l${side} 13L${x + side * (w - 31)} 365Z`}
        />
      ))}
      <Tag coat={coat} seam={seam} mine={mine} />
    </g>
  );
}

function Tag({ coat, seam, mine }: { coat: Coat; seam: string; mine: boolean }) {
  const half = mine ? 33 : 22;
  return (
    <g transform={`translate(${coat.at} 162) rotate(${coat.tilt})`} stroke="none">
      <path d={mine ? "M0-22V7" : "M0-22V5"} stroke="var(--rail)" strokeWidth="1.2" />
      <path
        d={`M${-half} 0h${half * 2}v${mine ? 42 : 28}h${-half * 2}z`}
        fill={mine ? "var(--stock)" : `color-mix(in oklab, var(--stock) 62%, ${seam})`}
      />
      <circle cy={mine ? 7 : 5} r={mine ? 3 : 2} fill={seam} />
      <text
        y={mine ? 34 : 23}
        textAnchor="middle"
        fontSize={mine ? 24 : 15}
        fontWeight={mine ? 700 : 600}
        fill="var(--print)"
        letterSpacing="-.4"
      >
        {coat.tag}
      </text>
    </g>
  );
}
