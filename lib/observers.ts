/** Who is told of events. */
import { consoleObserver, type IdempotencyLogger, loggerObserver } from './event-logger.ts';
import { type IdempotencyEvent, type Observer, tell } from './events.ts';
import { type MetricsEmitter, metricsObserver } from './metrics.ts';

export interface ObserverOptions {
  readonly onEvent?: Observer;
  readonly logger?: IdempotencyLogger;
  readonly metrics?: MetricsEmitter;
}

/**
 * One observer for all that the options name: each is told of every event, whatever the others make of it. Errors go to the console
 * when neither a logger nor an `onEvent` is there to hear of them.
 */
export function observerOf({ onEvent, logger, metrics }: ObserverOptions): Observer {
  const observers: Observer[] = [];
  if (onEvent !== undefined) observers.push(onEvent);
  if (logger !== undefined) observers.push(loggerObserver(logger));
  if (observers.length === 0) observers.push(consoleObserver);
  if (metrics !== undefined) observers.push(metricsObserver(metrics));
  return (event: IdempotencyEvent) => {
    for (const observer of observers) tell(observer, event);
  };
}
