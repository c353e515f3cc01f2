// The forms of addresses and connection strings. What is wrong is said without repeating what was given: it may hold a key.

/** https to anywhere, plain http only to this machine. */
export function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}

/** A safe URL of scheme and host alone. */
export function isOrigin(text: string): boolean {
  if (!isSafeUrl(text)) return false;
  const url = new URL(text);
  return `${url.origin}/` === url.href;
}

export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
}

/** What is wrong with a Service Bus connection string; undefined when it can be used. */
export function busConnectionFault(text: string): string | undefined {
  const parts = partsOf(text);
  const endpoint = parts.get('endpoint') ?? '';
  const form = 'must be Endpoint=sb://<host>/;SharedAccessKeyName=<name>;SharedAccessKey=<key>';
  if (!/^sb:\/\/[^/\s]+\/?$/i.test(endpoint)) return form;
  const hasKey = parts.has('sharedaccesskeyname') && parts.has('sharedaccesskey');
  if (!hasKey && !parts.has('sharedaccesssignature')) return form;
  if (parts.has('entitypath')) return 'must be the connection string of the namespace, without EntityPath';
  const { hostname } = new URL(endpoint.replace(/^sb:/i, 'http:'));
  const isPlain = parts.get('usedevelopmentemulator')?.toLowerCase() === 'true';
  return isPlain && !isLoopback(hostname) ? 'UseDevelopmentEmulator is unencrypted: only for this machine' : undefined;
}

/** What is wrong with the connection of a storage service; undefined when it can be used. */
export function storageConnectionFault(text: string, service: 'Table' | 'Blob'): string | undefined {
  if (/^[a-z]+:\/\//i.test(text)) {
    const isHttps = URL.canParse(text) && new URL(text).protocol === 'https:';
    return isHttps ? undefined : 'an endpoint must begin with https://';
  }
  const parts = partsOf(text);
  if (parts.get('usedevelopmentstorage')?.toLowerCase() === 'true') return undefined;
  const endpoint = parts.get(`${service.toLowerCase()}endpoint`);
  const form = `must be the https:// endpoint of the ${service.toLowerCase()} service or a connection string with account and key`;
  if (endpoint === undefined && !parts.has('accountname')) return form;
  if (!parts.has('accountkey') && !parts.has('sharedaccesssignature')) return form;
  const isPlain = parts.get('defaultendpointsprotocol')?.toLowerCase() === 'http' && endpoint === undefined;
  const isSafe = endpoint === undefined ? !isPlain : isSafeUrl(endpoint);
  return isSafe ? undefined : 'must use https; plain http is only for this machine';
}

/** Members of a connection string by their names in small letters; values may hold `=`. */
function partsOf(text: string): Map<string, string> {
  const members = text.split(';').flatMap((part): [string, string][] => {
    const equals = part.indexOf('=');
    return equals < 1 ? [] : [[part.slice(0, equals).trim().toLowerCase(), part.slice(equals + 1).trim()]];
  });
  return new Map(members.filter(([, value]) => value !== ''));
}
