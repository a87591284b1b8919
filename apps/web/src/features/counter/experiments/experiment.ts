/** What an experiment showed, in words: the fact first. */
export type ExperimentResult = {
  tone: "done" | "failed";
  fact: string;
  rest?: string;
  /** Second line, in small: what the counter did. */
  detail?: string;
};

/** Real progress, 0 to 1, and what to say of it meanwhile. */
export type OnProgress = (done: number, words?: string) => void;

/** Something to try: what to expect of it, and the trying. */
export type Experiment<Ports> = {
  id: string;
  name: string;
  expectation: string;
  renews?: boolean;
  run: (ports: Ports) => Promise<ExperimentResult>;
};
