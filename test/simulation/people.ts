// The people of one schedule: they order things, and in the end they let go of what they have taken.
import { takesJoins } from '../../shared/domain/incidents/incident.ts';
import type { House } from '../builders/house.ts';
import type { Host } from './host.ts';
import { anyOrder, orderOf } from './operators.ts';
import type { Random } from './random.ts';

export class People {
  /** How many orders there were. */
  orders = 0;
  readonly #house: House;
  readonly #host: Host;
  readonly #random: Random;

  constructor(house: House, host: Host, random: Random) {
    this.#house = house;
    this.#host = host;
    this.#random = random;
  }

  order(): void {
    this.orders += 1;
    const order = anyOrder(this.#house, this.#random, this.orders);
    if (order) this.#host.obey(order);
  }

  letGo(): void {
    const { incidents } = this.#house.ports;
    for (const id of incidents.ids) {
      const taken = incidents.peek(id)?.incident;
      if (!taken?.acknowledgedAt || !takesJoins(taken.state)) continue;
      this.orders += 1;
      const order = orderOf(this.#house, 'release', id, this.orders);
      if (order) this.#host.obey(order);
    }
  }
}
