/** In a server's data folder: where the command line of the same host reaches it, without user and password. */
export const LOCAL_SOCKET = 'streamherd.sock';

/** By which the command line says there whose it is, for the events. It counts on the socket alone. */
export const LOCAL_USER_HEADER = 'x-streamherd-user';
