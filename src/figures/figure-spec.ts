// What a row of the catalog of figures says, and what it is given to make its figure from.
import type { Experiment } from '../config/types.generated.ts';
import type { Engine } from '../engine/engine.ts';
import type { Plan, PlanNode } from '../plan/plan.ts';
import type { Figure, FigureId } from '../report/figure.ts';
import type { AnyDescription, SummaryOf } from '../stages/describing/description.ts';
import type { StageKind } from '../stages/catalog.ts';

interface Row {
  readonly id: FigureId;
  /** A few words for the list of figures. */
  readonly shows: string;
}

/** A figure that stands by itself: its data are made on the spot. */
export interface LoneFigure extends Row {
  readonly needs: 'nothing';
  readonly make: (work: LoneWork) => Promise<Figure>;
}

export interface LoneWork {
  readonly engine: () => Promise<Engine>;
  readonly signal: AbortSignal;
  /** As small as it can be: to see that it works. */
  readonly smoke: boolean;
  /** Told now and then, for a terminal. */
  readonly onProgress: (message: string) => void;
}

/** A figure of the models of an experiment, made from what stages have published. */
export interface ExperimentFigure extends Row {
  readonly needs: 'experiment';
  /** The kinds of stages whose artifacts it is made from. */
  readonly reads: readonly StageKind[];
  /** Those of them that no run has: what is measured for figures (measurements.ts). */
  readonly measures?: readonly Measurement[];
  /** Why the experiment cannot have the figure, in words; undefined where it can. */
  readonly lacks?: (asked: Asked) => string | undefined;
  readonly make: (measured: Measured) => Promise<Figure>;
}

/** What is measured of trained models for their figures. */
export type Measurement = 'sampling' | 'prompts' | 'spectra' | 'differences' | 'analysis' | 'convergence';

export type FigureSpec = LoneFigure | ExperimentFigure;

/** An experiment that says how figures are measured. */
export type FiguresExperiment = Experiment & Required<Pick<Experiment, 'figures' | 'analyze'>>;

/** The experiment, and the models of it that figures are made of. */
export interface Asked {
  readonly config: FiguresExperiment;
  /** `teacher` and students, in the order of the experiment. */
  readonly models: readonly string[];
}

export interface Published<D extends AnyDescription> {
  readonly node: PlanNode;
  /** Absolute. */
  readonly dir: string;
  readonly summary: SummaryOf<D>;
}

export interface Measured extends Asked {
  readonly plan: Plan;
  readonly engine: () => Promise<Engine>;
  readonly signal: AbortSignal;
  /** What the node of this kind and name has published; throws InvariantError for kinds that the figure does not read. */
  readonly published: <D extends AnyDescription>(description: D, name: string) => Published<D>;
}
