/** A socket in a server's data folder, over which the command line of the same host reaches it without user and password. */
export const LOCAL_SOCKET = 'streamherd.sock';

/** The header by which the command line names its user, for the events. It counts only on the socket. */
export const LOCAL_USER_HEADER = 'x-streamherd-user';
