import type { WatchedCall } from "./watch-call.ts";

type Posts = { browser: number; counter: number; provider: number; api: number };

const ROW = 40;
const FIRST = 92;

/** One call from post to post. The ticket travels left of the counter, the coat right of it. */
export function WayDrawing({ call, ticket, width }: { call: WatchedCall; ticket: string; width: number }) {
  const isNarrow = width < 560;
  const at: Posts = isNarrow
    ? { browser: 28, counter: width * 0.37, provider: width * 0.66, api: width - 20 }
    : { browser: 62, counter: width * 0.36, provider: width * 0.65, api: width - 60 };
  const hasRefresh = call.refreshMs !== undefined;
  const top = isNarrow ? 30 : 54;
  const coat = call.coat === undefined ? "Coat" : `Coat ${call.coat}`;
  const rows = hasRefresh ? 6 : 4;
  const bottom = FIRST + (rows - 1) * ROW + 16;
  const y = (row: number) => FIRST + row * ROW;
  const apiRow = hasRefresh ? 3 : 1;
  return (
    <svg
      className="way-drawing"
      width={width}
      height={bottom}
      viewBox={`0 0 ${width} ${bottom}`}
      aria-hidden="true"
    >
      <rect className="band" x={at.counter - 9} y={top} width="18" height={bottom - top} />
      <Post x={at.browser} name="Browser" holds="holds the ticket" {...{ bottom, isNarrow }} />
      <Post x={at.counter} name="Counter" holds="holds the coat" isCounter {...{ bottom, isNarrow }} />
      <Post x={at.provider} name="Provider" holds="makes coats" {...{ bottom, isNarrow }} />
      <Post x={at.api} name="API" holds="asks for the coat" {...{ bottom, isNarrow }} />
      <Arrow from={at.browser + 3} to={at.counter - 12} y={y(0)} />
      <Paper x={(at.browser + at.counter) / 2} y={y(0)} words={ticket} />
      <text x={at.browser + 8} y={y(0) - 16}>
        GET
      </text>
      {hasRefresh ? (
        <>
          <Arrow from={at.counter + 11} to={at.provider - 5} y={y(1)} />
          <text x={at.counter + 16} y={y(1) - 9}>
            {isNarrow ? "refresh" : "refresh, once for all calls"}
          </text>
          <Arrow from={at.provider - 3} to={at.counter + 12} y={y(2)} />
          <Cloth x={(at.counter + at.provider) / 2} y={y(2)} words={coat} />
          <text className="end" x={at.provider - 8} y={y(2) - 14}>
            {ms(call.refreshMs ?? 0)}
          </text>
        </>
      ) : null}
      <Arrow from={at.counter + 11} to={at.api - 5} y={y(apiRow)} hopAt={at.provider} />
      <Cloth x={(at.provider + at.api) / 2} y={y(apiRow)} words={coat} />
      <Arrow from={at.api - 3} to={at.counter + 12} y={y(apiRow + 1)} hopAt={at.provider} />
      <text className="end" x={at.api - 8} y={y(apiRow + 1) - 9}>
        {call.status}, {ms(call.apiMs)}
      </text>
      <Arrow from={at.counter - 11} to={at.browser + 5} y={y(apiRow + 2)} />
      {hasRefresh ? <Paper x={(at.browser + at.counter) / 2} y={y(apiRow + 2)} words={ticket} /> : null}
      <text className="end" x={at.counter - 16} y={y(apiRow + 2) - (hasRefresh ? 16 : 9)}>
        {call.status}
      </text>
    </svg>
  );
}

/** `268 ms`, `0.4 ms`: as exact as it is worth. */
export function ms(value: number): string {
  if (value < 0.1) return "< 0.1 ms";
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}

type PostProps = {
  x: number;
  name: string;
  holds: string;
  isCounter?: boolean;
  bottom: number;
  isNarrow: boolean;
};

function Post({ x, name, holds, isCounter = false, bottom, isNarrow }: PostProps) {
  return (
    <>
      <text className="name" x={x} y="14">
        {name}
      </text>
      {isNarrow ? null : (
        <text className="holds" x={x} y="34">
          {holds}
        </text>
      )}
      <path className={isCounter ? "post mid" : "post"} d={`M${x} ${isNarrow ? 30 : 54}V${bottom}`} />
    </>
  );
}

function Arrow({ from, to, y, hopAt }: { from: number; to: number; y: number; hopAt?: number }) {
  const back = to < from ? 6 : -6;
  const hop =
    hopAt === undefined ? "" : to > from ? `H${hopAt - 9}a9 9 0 0 1 18 0` : `H${hopAt + 9}a9 9 0 0 0 -18 0`;
  return (
    <>
      {hopAt === undefined ? null : <path className="gap" d={`M${hopAt} ${y - 8}v16`} />}
      <path className="wire" d={`M${from} ${y}${hop}H${to}M${to + back} ${y - 5}L${to} ${y}l${back} 5`} />
    </>
  );
}

function Paper({ x, y, words }: { x: number; y: number; words: string }) {
  return (
    <g className="paper" transform={`translate(${x - 29} ${y - 13})`}>
      <path d="M0 0h40a4 4 0 0 0 8 0h10v26H48a4 4 0 0 0-8 0H0z" />
      <text x="20" y="18">
        {words}
      </text>
    </g>
  );
}

function Cloth({ x, y, words }: { x: number; y: number; words: string }) {
  return (
    <g className="cloth" transform={`translate(${x - 29} ${y - 11})`}>
      <rect width="58" height="22" rx="3" />
      <text x="29" y="15.5">
        {words}
      </text>
    </g>
  );
}
