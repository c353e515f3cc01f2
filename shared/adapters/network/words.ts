// Error codes of Node and OpenSSL in words for a person, layer by layer; the code stands behind, for whoever looks it up.

type Words = Readonly<Record<string, string>>;

const DNS: Words = {
  ENOTFOUND: 'there is no such name',
  EAI_AGAIN: 'the name server does not answer',
  ENODATA: 'the name has no address',
};

const CONNECTION: Words = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  ETIMEDOUT: 'no answer to the connection',
  EHOSTUNREACH: 'there is no way to the host',
  ENETUNREACH: 'there is no way to the network',
  EADDRNOTAVAIL: 'this machine has no port or address left',
};

/** nodejs.org/api/tls.html#x509-certificate-error-codes */
const CERTIFICATE: Words = {
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not yet valid',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another host',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'a self-signed certificate stands in the chain',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'nobody whom we trust vouches for the certificate',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'nobody whom we trust vouches for the certificate',
  CERT_REVOKED: 'the certificate has been revoked',
  EPROTO: 'no TLS is spoken there',
  ERR_SSL_WRONG_VERSION_NUMBER: 'no TLS is spoken there',
};

export function wordsOfDns(error: unknown): string {
  return wordsOf(error, DNS);
}

export function wordsOfTcp(error: unknown): string {
  return wordsOf(error, CONNECTION);
}

export function wordsOfTls(error: unknown): string {
  return wordsOf(error, { ...CONNECTION, ...CERTIFICATE });
}

export function wordsOfHttp(error: unknown): string {
  const code = codeOf(error);
  if (code?.startsWith('HPE_')) return `no HTTP is spoken there (${code})`;
  return wordsOf(error, CONNECTION);
}

function wordsOf(error: unknown, known: Words): string {
  const code = codeOf(error);
  const words = code !== undefined && Object.hasOwn(known, code) ? known[code] : undefined;
  if (words !== undefined) return `${words} (${code})`;
  return code ?? (error instanceof Error ? error.message : 'for an unknown cause');
}

/** Of several addresses that were tried, the first one's fault. */
function codeOf(error: unknown): string | undefined {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
