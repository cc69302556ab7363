/** The policy in words: what draft-ietf-httpapi-idempotency-key-header has an API publish about its keys. */
import { problemResponse } from '../http/problems.ts';
import { replayMarker } from '../http/response.ts';
import { type Rules, storeEvery } from '../options.ts';
import { maxKeyLength } from '../protocol/idempotency-key.ts';
import type { PolicyDescriptions } from './descriptions.ts';
import { durationText } from './duration.ts';
import { type Block, code, enumeration, heading, link, list, paragraph, type Text, text } from './markup.ts';
import { describeProblems, type ProblemDescription } from './problems.ts';

export const title = 'Idempotency';

/** A key as examples have it. */
export const exampleKey = '550e8400-e29b-41d4-a716-446655440000';

export function policyPage(rules: Rules, descriptions: PolicyDescriptions): readonly Block[] {
  return [
    heading(1, [title]),
    paragraph(
      text`A request that changes something can be repeated without being performed twice: the client names the operation by a key, and a repeat with the same key gets the answer of the first.`,
      text`This page is the policy that ${link(draft.name, draft.url)} asks for.`,
    ),
    heading(2, ['Requests']),
    paragraph(
      text`Keys are for ${enumeration([...rules.methods])} requests. On any other method, a key is ignored.`,
      rules.required
        ? text`Each of these requests must have a key: one without is refused.`
        : text`A key is optional: a request without one is performed each time it arrives.`,
    ),
    heading(2, ['The key']),
    ...keyBlocks(rules, descriptions),
    heading(2, ['Whose keys they are']),
    paragraph(scopeText(rules, descriptions), text`Two callers may use the same key, and neither gets the other's answer.`),
    heading(2, ['What a key stands for']),
    paragraph(
      fingerprintText(rules, descriptions),
      text`A key that comes with a different request is refused (${code('idempotency_conflict')}).`,
    ),
    heading(2, ['Answers']),
    ...answerBlocks(rules, descriptions),
    heading(2, ['Retrying']),
    retryList(rules),
    heading(2, ['Errors']),
    paragraph(
      text`Errors are problem documents (${link('RFC 9457', 'https://www.rfc-editor.org/rfc/rfc9457')}), of the type ${code('application/problem+json')}. The member ${code('error.type')} has the names below.`,
    ),
    ...describeProblems(rules).flatMap(description => problemBlocks(description, rules)),
  ];
}

const draft = {
  name: 'draft-ietf-httpapi-idempotency-key-header',
  url: 'https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/',
};

function keyBlocks(rules: Rules, descriptions: PolicyDescriptions): readonly Block[] {
  const place =
    rules.key === undefined
      ? text`It is sent in the header field ${code(rules.headerName)}, once.`
      : [descriptions.key ?? 'Where a request carries its key is decided by the API.'];
  return [
    paragraph(
      place,
      text`It is 1 to ${String(maxKeyLength)} printable ASCII characters, and has no structure: upper and lower case differ, and spaces around it don't count.`,
    ),
    list(
      text`Bare: ${code(exampleKey)}, without commas and quotes.`,
      text`As a quoted string (${link('RFC 9651', 'https://www.rfc-editor.org/rfc/rfc9651')}): ${code(`"${exampleKey}"`)}, in which a quote or a backslash has a backslash before it.`,
    ),
    paragraph(text`Both are the same key.`, text`Make a new random one, such as a UUID, for each operation; never use it for another one.`),
  ];
}

function scopeText(rules: Rules, { scope }: PolicyDescriptions): Text {
  if (scope !== undefined) return [scope];
  return rules.scope === undefined
    ? text`A key belongs to its caller: to the API key and the verified identity that come with a request, or the one of them that does.`
    : text`A key belongs to its caller. Who that is, is decided by the API.`;
}

function fingerprintText({ fingerprint }: Rules, descriptions: PolicyDescriptions): Text {
  if (fingerprint === 'request')
    return text`A key stands for a method and a URL path. The query string, the headers and the body are not compared: with another body, too, a repeat gets the answer of the first request.`;
  if (fingerprint === 'payload')
    return text`A key stands for a method, a URL path and a body, which must be the same byte for byte. The query string and the headers are not compared.`;
  return [descriptions.fingerprint ?? 'Which requests are the same is decided by the API.'];
}

function answerBlocks(rules: Rules, descriptions: PolicyDescriptions): readonly Block[] {
  const kept =
    rules.shouldStore === storeEvery
      ? text`A successful answer (2xx) is stored for ${durationText(rules.retentionMs)}, counted from the arrival of its request.`
      : text`Of the successful answers (2xx), those that the API decides to store are stored for ${durationText(rules.retentionMs)}, counted from the arrival of their request.`;
  const which = descriptions.shouldStore === undefined ? [] : [[descriptions.shouldStore]];
  const waiting =
    rules.waitMs === 0
      ? text`A repeat that arrives while the first request is being processed is refused at once (${code('idempotency_in_progress')}).`
      : text`A repeat that arrives while the first request is being processed waits for its answer, for up to ${durationText(rules.waitMs)}, and is refused then (${code('idempotency_in_progress')}).`;
  const crashed =
    rules.afterCrash === 'rerun'
      ? text`Processing that was cut short, with an outcome that is not known, is begun again by the next repeat, once it is over for certain.`
      : text`Processing that was cut short, with an outcome that is not known, is not begun again: a repeat is refused (${code('idempotency_outcome_unknown')}).`;
  const unprotected = text`When keys can't be looked up, requests are processed all the same: a repeat may then be performed again.`;
  return [
    paragraph(
      kept,
      ...which,
      text`Until then a repeat gets it again, with the same status, headers and body, and with ${code(`${replayMarker}: true`)} besides. Cookies are not repeated, nor are header fields that are about one connection.`,
      text`Afterwards the key is free, and the same request is a new one.`,
    ),
    paragraph(
      text`Any other answer is not stored, and leaves the key free: a retry is processed. One that comes as the time for processing runs out is an exception: the processing counts as cut short.`,
    ),
    paragraph(waiting, crashed, ...(rules.whenStoreFails === 'bypass' ? [unprotected] : [])),
  ];
}

function retryList({ required, fingerprint, retentionMs }: Rules): Block {
  const same = fingerprint === 'payload' ? 'the same method, path and body' : 'the same method and path';
  return list(
    text`Keep the key with the operation before the request is sent${required ? '' : ', if it is to be repeatable'}, until there is an answer.`,
    text`Retry with the same key${typeof fingerprint === 'function' ? '' : ` and ${same}`}: after a lost connection, a time-out, a ${code('408')}, ${code('429')} or ${code('5xx')}, and a ${code('409')} of ${code('idempotency_in_progress')}.`,
    text`Wait before each retry, longer each time and not always equally long; for as long as ${code('Retry-After')} says, if it is there.`,
    text`Stop retrying ${durationText(retentionMs)} after the first try: from then on, a retry may be performed as a new request.`,
  );
}

function problemBlocks({ example, comes, remedy }: ProblemDescription, { problemType }: Rules): readonly Block[] {
  const { statusCode, headers, body } = problemResponse(example, problemType, false);
  const retryAfter = headers?.['retry-after'];
  const status =
    retryAfter === undefined
      ? text`Status ${code(String(statusCode))}.`
      : text`Status ${code(String(statusCode))}, with ${code('Retry-After')}.`;
  return [
    { kind: 'heading', level: 3, text: [code(example.type)], anchor: example.type },
    paragraph(status, comes, remedy),
    { kind: 'json', source: JSON.stringify(JSON.parse(body), undefined, 2) },
  ];
}
