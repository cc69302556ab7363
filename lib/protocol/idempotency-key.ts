/**
 * The syntax of an idempotency key, as it arrives in the header field.
 *
 * Two spellings of one key are accepted. The IETF draft (draft-ietf-httpapi-idempotency-key-header, section 2.1) asks for a
 * Structured Field string, `"k"`; the SDKs in use send the bare `k`. `"k"` and `k` are the same key.
 */
export type ParsedKey = { readonly ok: true; readonly key: string } | { readonly ok: false; readonly reason: string };

/** The longest key, in characters, after quotes and escapes are taken off. */
export const maxKeyLength = 255;

const tooLong = `must not be longer than ${maxKeyLength} characters`;

/**
 * Reads the header field's values: one for each field line, in the order received.
 *
 * Anything but exactly one well-formed key is refused. Two field lines are malformed even when they agree: the draft defines
 * the field as a single item, and picking one of two would let a proxy and this function disagree about which.
 */
export function parseIdempotencyKey(fieldValues: readonly unknown[]): ParsedKey {
  const [value] = fieldValues;
  if (fieldValues.length !== 1) return malformed('must be sent exactly once');
  if (typeof value !== 'string') return malformed('must be a string');
  const trimmed = trimOptionalWhitespace(value);
  // Every character escaped, and the quotes: nothing longer can be a key, and a hostile field isn't matched against patterns.
  if (trimmed.length > 2 * maxKeyLength + 2) return malformed(tooLong);
  return trimmed.startsWith('"') ? parseQuoted(trimmed) : parseRaw(trimmed);
}

/** RFC 9110, section 5.5: spaces and tabs around a field value are not part of it. */
function trimOptionalWhitespace(value: string): string {
  let start = 0;
  let end = value.length;
  // Both stop at the value's ends, where there is no character to trim.
  while (isOptionalWhitespace(value[start])) start++;
  while (isOptionalWhitespace(value[end - 1])) end--;
  return value.slice(start, end);
}

function isOptionalWhitespace(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}

function parseRaw(value: string): ParsedKey {
  // HTTP APIs join repeated field lines with a comma, so in a bare value a comma means "sent twice".
  if (/[",]/.test(value)) return malformed('must not contain a comma or a quote unless it is a quoted string');
  return checked(value);
}

/** RFC 9651, section 4.2.5; what follows the closing quote would be parameters, which this field does not define. */
function parseQuoted(value: string): ParsedKey {
  const match = /^"((?:[^"\\]|\\["\\])*)"$/.exec(value);
  if (match?.[1] === undefined) return malformed('is not a well-formed quoted string');
  return checked(match[1].replace(/\\(["\\])/g, '$1'));
}

function checked(key: string): ParsedKey {
  if (key.length === 0) return malformed('must not be empty');
  if (key.length > maxKeyLength) return malformed(tooLong);
  if (!/^[\x20-\x7e]*$/.test(key)) return malformed('must be printable ASCII');
  return { ok: true, key };
}

function malformed(reason: string): ParsedKey {
  return { ok: false, reason };
}
