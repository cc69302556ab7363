/**
 * The one contract between the runtime, which emits the metrics, and `IdempotencyMonitoring`, which reads them. Imports nothing, so
 * that both may import it.
 */

/**
 * The metric that counts the events of each kind. `claimed` has none, for what became of a claim is counted; `waited` has
 * {@link waitTimeMetric}.
 */
export const countMetrics = {
  completed: 'IdempotencyCompleted',
  replayed: 'IdempotencyReplayed',
  conflict: 'IdempotencyConflict',
  in_progress: 'IdempotencyInProgress',
  taken_over: 'IdempotencyTakenOver',
  released: 'IdempotencyReleased',
  lost_claim: 'IdempotencyLostClaim',
  outcome_unknown: 'IdempotencyOutcomeUnknown',
  not_stored: 'IdempotencyNotStored',
  not_released: 'IdempotencyNotReleased',
  unavailable: 'IdempotencyUnavailable',
} as const;

/** How long a repeat waited for the first attempt, in milliseconds: one value for each that waited. */
export const waitTimeMetric = 'IdempotencyWaitTime';

/** The dimension that Powertools gives every metric: the service's name. */
export const serviceDimension = 'service';

/** The environment variable that Powertools takes a metric's namespace from. */
export const namespaceVariable = 'POWERTOOLS_METRICS_NAMESPACE';

/** The environment variable that Powertools takes the service's name from. */
export const serviceNameVariable = 'POWERTOOLS_SERVICE_NAME';
