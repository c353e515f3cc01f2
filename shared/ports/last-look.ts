// The last question before an act: whoever holds an act back until its turn asks it.

/**
 * Asked in the last moment before an act is sent, after every wait (for a turn, a token, a pause between tries), each time it is
 * sent: why it must not be sent any more, or undefined. Throws nothing that is expected.
 */
export type LastLook = () => Promise<string | undefined>;
