import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { RENEWING } from "../../ticket/use-live-ticket.ts";
import { describeFailure } from "./describe-failure.ts";
import type { Experiment, ExperimentResult, OnProgress } from "./experiment.ts";

/** The mutation key of every experiment. */
export const EXPERIMENT = ["experiment"] as const;

/** Runs an experiment and keeps what it showed; a failure is a result, too. */
export function useExperiment<Ports>(
  experiment: Experiment<Ports>,
  createPorts: (onProgress: OnProgress) => Ports,
) {
  const [progress, setProgress] = useState<{ done: number; words?: string | undefined }>({ done: 0 });

  const mutation = useMutation({
    mutationKey: experiment.renews === true ? RENEWING : [...EXPERIMENT, experiment.id],
    mutationFn: async (): Promise<ExperimentResult> => {
      const startedAt = performance.now();
      try {
        return await experiment.run(createPorts((done, words) => setProgress({ done, words })));
      } catch (error) {
        return describeFailure(error, Math.round(performance.now() - startedAt));
      }
    },
  });

  return {
    result: mutation.data,
    isRunning: mutation.isPending,
    progress,
    run: () => {
      if (mutation.isPending) return;
      setProgress({ done: 0 });
      mutation.mutate();
    },
  };
}
