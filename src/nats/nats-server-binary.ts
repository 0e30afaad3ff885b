/** Path of the nats-server to run. */
export const natsServerBinary = (): string => '.tools/nats-server';
