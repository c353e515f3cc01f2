// NetworkLinks over Resource Manager: one resource, one GET. What cannot be read says nothing of the link.
import * as z from 'zod';
import { LakewardenError } from '../../domain/errors.ts';
import type { LinkState, NetworkLink } from '../../domain/probes/links.ts';
import type { NetworkLinks } from '../../ports/network-links.ts';

/** What reads one resource of Resource Manager. */
export interface ArmResources {
  resource(path: string): Promise<Readonly<Record<string, unknown>>>;
}

/** github.com/Azure/azure-rest-api-specs, specification/network. */
const API_VERSION = '2024-05-01';

/** Words of an enumeration; Azure may have new ones. */
const word = z.string().min(1).max(100);

const peeringSchema = z
  .object({ properties: z.object({ peeringState: word, peeringSyncLevel: word.optional() }) })
  .transform(
    ({ properties }): LinkState => ({
      of: 'peering',
      state: properties.peeringState,
      syncLevel: properties.peeringSyncLevel,
    }),
  );

const circuitSchema = z
  .object({ properties: z.object({ circuitProvisioningState: word, serviceProviderProvisioningState: word }) })
  .transform(
    ({ properties }): LinkState => ({
      of: 'express-route',
      circuit: properties.circuitProvisioningState,
      provider: properties.serviceProviderProvisioningState,
    }),
  );

const schemas = { peering: peeringSchema, 'express-route': circuitSchema } satisfies Record<
  NetworkLink['kind'],
  z.ZodType<LinkState>
>;

export class ArmNetworkLinks implements NetworkLinks {
  readonly #resources: ArmResources;

  constructor(resources: ArmResources) {
    this.#resources = resources;
  }

  async read({ kind, resource }: Pick<NetworkLink, 'kind' | 'resource'>): Promise<LinkState> {
    try {
      const found = schemas[kind].safeParse(await this.#resources.resource(`${resource}?api-version=${API_VERSION}`));
      if (found.success) return found.data;
      const missing = found.error.issues[0]?.path.join('.') ?? 'something';
      return { of: 'nothing-read', because: `the answer has no ${missing} that is understood` };
    } catch (error) {
      if (!(error instanceof LakewardenError)) throw error;
      // The link is named beside it: its long id would only crowd out the reason.
      return { of: 'nothing-read', because: error.message.replace(`${resource}: `, '') };
    }
  }
}
