// One container of Blob Storage, which comes into being when first missed.
// Rule kept here: an answer or a failure within a few seconds, and plain HTTP only to this machine.
import type { TokenCredential } from '@azure/identity';
import type { BlobServiceClient, ContainerClient } from '@azure/storage-blob';
import { Broken } from '../../domain/errors.ts';
import { codeOf, statusOf, translate } from './translate.ts';

export type BlobOperation = 'put-blob' | 'get-blob' | 'create-container';

export interface BlobConnection {
  /** A connection string, or an `https://` endpoint to which `credential` (default: the environment's identity) signs in. */
  readonly connection: string;
  readonly credential?: () => Promise<TokenCredential>;
  readonly container?: string;
  readonly onOperation?: (kind: BlobOperation) => void;
}

/** The SDK's own defaults would take minutes; a door has to know within about five seconds. */
const RETRY = { maxTries: 2, tryTimeoutInMs: 1_800, retryDelayInMs: 200, maxRetryDelayInMs: 500 } as const;
const OPERATION_LIMIT_MS = 4_000;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

export class BlobContainer {
  readonly #settings: BlobConnection & { readonly container: string };
  #container: Promise<ContainerClient> | undefined;

  constructor(settings: BlobConnection & { readonly container: string }) {
    refuseOpenHttp(settings.connection);
    this.#settings = settings;
  }

  async put(name: string, body: Uint8Array): Promise<void> {
    await this.#call('put-blob', (container, abortSignal) =>
      container.getBlockBlobClient(name).upload(body, body.byteLength, { abortSignal }),
    );
  }

  /** False: a blob of this name stands there. `taken` are the statuses by which the service says so. */
  async putNew(name: string, body: Uint8Array, taken: readonly number[]): Promise<boolean> {
    try {
      await this.#call('put-blob', (container, abortSignal) =>
        container
          .getBlockBlobClient(name)
          .upload(body, body.byteLength, { abortSignal, conditions: { ifNoneMatch: '*' } }),
      );
      return true;
    } catch (error) {
      if (taken.includes(statusOf(causeOf(error)) ?? 0)) return false;
      throw error;
    }
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    try {
      return await this.#call('get-blob', async (container, abortSignal) => {
        const { readableStreamBody } = await container.getBlobClient(name).download(0, undefined, { abortSignal });
        return readableStreamBody ? await bytesOf(readableStreamBody) : new Uint8Array();
      });
    } catch (error) {
      if (statusOf(causeOf(error)) === 404) return undefined;
      throw error;
    }
  }

  async #call<T>(kind: BlobOperation, work: Work<T>): Promise<T> {
    try {
      const container = await this.#opened();
      return await this.#once(kind, container, work).catch(async (error: unknown) => {
        if (codeOf(error) !== 'ContainerNotFound') throw error;
        await this.#once('create-container', container, (client, abortSignal) =>
          client.createIfNotExists({ abortSignal }),
        );
        return this.#once(kind, container, work);
      });
    } catch (error) {
      throw translate(error);
    }
  }

  #once<T>(kind: BlobOperation, container: ContainerClient, work: Work<T>): Promise<T> {
    this.#settings.onOperation?.(kind);
    return work(container, AbortSignal.timeout(OPERATION_LIMIT_MS));
  }

  #opened(): Promise<ContainerClient> {
    if (this.#container) return this.#container;
    const opening = openService(this.#settings).then((service) => service.getContainerClient(this.#settings.container));
    this.#container = opening;
    // A failed sign-in must not be remembered.
    opening.catch(() => {
      this.#container = undefined;
    });
    return opening;
  }
}

type Work<T> = (container: ContainerClient, abortSignal: AbortSignal) => Promise<T>;

async function openService({ connection, credential }: BlobConnection): Promise<BlobServiceClient> {
  const { BlobServiceClient } = await import('@azure/storage-blob');
  if (!isUrl(connection)) return BlobServiceClient.fromConnectionString(connection, { retryOptions: RETRY });
  return new BlobServiceClient(connection, await (credential ?? environmentIdentity)(), { retryOptions: RETRY });
}

async function environmentIdentity(): Promise<TokenCredential> {
  const { DefaultAzureCredential } = await import('@azure/identity');
  return new DefaultAzureCredential();
}

function refuseOpenHttp(connection: string): void {
  const endpoint = isUrl(connection) ? connection : /(?:^|;)\s*BlobEndpoint=([^;]+)/i.exec(connection)?.[1];
  const isPlainAccount = /(?:^|;)\s*DefaultEndpointsProtocol=http(?:;|$)/i.test(connection) && endpoint === undefined;
  const url = endpoint !== undefined && URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const isOpen = url?.protocol === 'http:' && (isUrl(connection) || !LOOPBACK.test(url.hostname));
  if (isOpen || isPlainAccount) throw new Broken('not-configured', 'the blobs must be reached over https');
}

function isUrl(connection: string): boolean {
  return /^[a-z]+:\/\//i.test(connection);
}

async function bytesOf(stream: NodeJS.ReadableStream): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return new Uint8Array(Buffer.concat(chunks));
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}
