/** In a server's data folder: where the command line of the same host reaches it, without user and password. */
export const LOCAL_SOCKET = 'streamherd.sock';
