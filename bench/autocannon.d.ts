/** As much of autocannon, which has no types of its own, as the load benchmark uses. */
declare module 'autocannon' {
  export interface Request {
    readonly headers: Readonly<Record<string, string>>;
  }

  export interface Options {
    readonly url: string;
    readonly connections: number;
    /** Seconds; so is the timeout. */
    readonly duration: number;
    readonly timeout: number;
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly requests: readonly {
      /** The context is the request's own. */
      readonly setupRequest: (request: Request, context: object) => Request;
      readonly onResponse: (status: number, body: string, context: object, headers: Readonly<Record<string, string>>) => void;
    }[];
  }

  export interface Result {
    readonly errors: number;
  }

  /** Ends within a second when it is told to stop. */
  export default function autocannon(options: Options): PromiseLike<Result> & { stop(): void };
}
