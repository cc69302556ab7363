/** What every function has, deployed and locally. Imports nothing, least of all the CDK. */
export const functionSettings = {
  /**
   * A crashed attempt holds its key for this long and a second, and three seconds may go to waiting for another attempt. API Gateway
   * would wait 29 s: no client is told of a timeout while the function still runs.
   */
  timeoutSeconds: 10,
  /**
   * Three times what is needed (157 MB, measured, after twenty of the largest batches), for Lambda gives CPU time by memory: with 512 MB
   * somewhat less than a third of a core, to load the bundle with and for TLS.
   */
  memoryMb: 512,
} as const;
