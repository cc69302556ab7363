/** What came of a command, printed for a person or, with `--json`, for a script. */
import type { RecordView } from './record-view.ts';
import { recordLines } from './record-view.ts';

export type Outcome =
  | 'found'
  /** Nothing stands in the way; without `--yes` nothing was done. */
  | 'would-do'
  | 'done'
  | 'not-found'
  /** Nothing was done, and the same again won't do it. */
  | 'refused'
  /** DynamoDB refused, or did not answer. */
  | 'failed';

export interface Report {
  readonly outcome: Outcome;
  readonly message: string;
  readonly record?: RecordView;
}

export function print(report: Report, { isJson }: { readonly isJson: boolean }): void {
  if (isJson) {
    console.log(JSON.stringify(report, undefined, 2));
    return;
  }
  const isGood = report.outcome === 'found' || report.outcome === 'would-do' || report.outcome === 'done';
  // A script that keeps the standard output gets no error in it.
  const say = isGood ? console.log : console.error;
  if (report.record !== undefined) say(`${recordLines(report.record, Date.now()).join('\n')}\n`);
  say(report.message);
}
