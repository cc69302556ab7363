/** As much of autocannon, which has no types of its own, as the load benchmark uses. */
declare module 'autocannon' {
  export interface Request {
    readonly headers: Readonly<Record<string, string>>;
  }

  export interface Options {
    readonly url: string;
    readonly connections: number;
    /** Seconds. */
    readonly duration?: number;
    /** Of requests: in place of a duration. */
    readonly amount?: number;
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly requests: readonly {
      readonly setupRequest: (request: Request) => Request;
      readonly onResponse: (status: number, body: string, context: object, headers: Readonly<Record<string, string>>) => void;
    }[];
  }

  export interface Result {
    /** Per second. */
    readonly requests: { readonly average: number; readonly total: number };
    /** Milliseconds. */
    readonly latency: { readonly p50: number; readonly p99: number; readonly max: number };
    readonly errors: number;
    readonly timeouts: number;
    readonly duration: number;
    readonly statusCodeStats?: Readonly<Record<string, { readonly count: number }>>;
  }

  export default function autocannon(options: Options): Promise<Result>;
}
