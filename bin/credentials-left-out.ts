/**
 * In a bundle, in place of the SDK's credential sources that a Lambda function doesn't have: configuration files, processes, SSO,
 * web identity. The SDK's own chain asks each for credentials on its way from the environment variables to the container
 * endpoint (SnapStart), which are the two that Lambda has. Imports nothing, so that it can be copied anywhere.
 */

/** Asked for only when a client is configured with it. */
export const fromSSO = leftOut('the SSO credential source');
export const fromIni = leftOut('the shared configuration files', 'AWS_PROFILE');
export const fromProcess = leftOut('the credential process', 'AWS_PROFILE');
export const fromTokenFile = leftOut('the web identity credential source', 'AWS_WEB_IDENTITY_TOKEN_FILE');

/** Passed over; but not in silence when `variable` says that these are the credentials to use. */
function leftOut(source: string, variable?: string) {
  return () => async (): Promise<never> => {
    const isWanted = variable === undefined || Boolean(process.env[variable]);
    const because = variable === undefined ? '' : `, which ${variable} asks for`;
    throw new CredentialsLeftOutError(`this bundle was built without ${source}${because} (see docs/performance.md)`, !isWanted);
  };
}

/** By its name alone it can be told in a log that shows no messages. */
class CredentialsLeftOutError extends Error {
  override readonly name = 'CredentialsLeftOutError';
  /** The SDK's way to say: ask the next source. */
  readonly tryNextLink: boolean;

  constructor(message: string, tryNextLink: boolean) {
    super(message);
    this.tryNextLink = tryNextLink;
  }
}
