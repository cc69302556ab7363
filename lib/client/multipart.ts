/**
 * A form as `multipart/form-data`, the same bytes for the same boundary. `fetch` would make a boundary of its own for every
 * attempt, and an API that compares bodies would take the repeat for another request.
 */
export async function multipart(
  entries: readonly (readonly [name: string, value: string | File])[],
  boundary: string,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; contentType: string }> {
  const parts = entries.flatMap(([name, value]): (string | File)[] => {
    const start = `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(crlf(name))}"`;
    if (typeof value === 'string') return [`${start}\r\n\r\n${crlf(value)}\r\n`];
    const type = value.type || 'application/octet-stream';
    return [`${start}; filename="${quoted(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`, value, '\r\n'];
  });
  const body = new Blob([...parts, `--${boundary}--\r\n`]);
  return { bytes: new Uint8Array(await body.arrayBuffer()), contentType: `multipart/form-data; boundary=${boundary}` };
}

/** HTML Standard, "multipart form data": these three are escaped, and nothing else. */
function quoted(text: string): string {
  return text.replace(/\n/g, '%0A').replace(/\r/g, '%0D').replace(/"/g, '%22');
}

function crlf(text: string): string {
  return text.replace(/\r\n?|\n/g, '\r\n');
}
