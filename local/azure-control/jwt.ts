// JSON web tokens as Entra ID makes them, by nothing but Node's own cryptography: what checks them elsewhere must not share it.
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';

export interface SigningKey {
  readonly kid: string;
  /** PKCS #8. */
  readonly pem: string;
}

export type Claims = Readonly<Record<string, unknown>>;

const MODULUS_BITS = 2_048;

export function newSigningKey(): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: MODULUS_BITS });
  const kid = createHash('sha1')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url');
  return { kid, pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

/** As it stands in the key set. */
export function publicJwk({ kid, pem }: SigningKey): Claims {
  const { n, e } = publicKeyOf(pem).export({ format: 'jwk' });
  return { kty: 'RSA', use: 'sig', kid, x5t: kid, n, e };
}

export function signed(claims: Claims, { kid, pem }: SigningKey, header: Claims = {}): string {
  const head = { typ: 'JWT', alg: 'RS256', kid, ...header };
  const content = `${encoded(head)}.${encoded(claims)}`;
  if (head.alg === 'none') return `${content}.`;
  return `${content}.${sign('sha256', Buffer.from(content), createPrivateKey(pem)).toString('base64url')}`;
}

/** The claims of a token that one of the keys has signed. */
export function claimsOf(token: string, keys: readonly SigningKey[]): Claims | undefined {
  const [head = '', body = '', signature = ''] = token.split('.');
  const key = keys.find(({ kid }) => kid === decoded(head)?.kid);
  if (!key) return undefined;
  const content = Buffer.from(`${head}.${body}`);
  const isGood = verify('sha256', content, publicKeyOf(key.pem), Buffer.from(signature, 'base64url'));
  return isGood ? decoded(body) : undefined;
}

function publicKeyOf(pem: string): KeyObject {
  return createPublicKey(createPrivateKey(pem));
}

function encoded(part: Claims): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

function decoded(part: string): Claims | undefined {
  try {
    return Object(JSON.parse(Buffer.from(part, 'base64url').toString('utf8')));
  } catch {
    // No token at all: whoever asks refuses it.
    return undefined;
  }
}
