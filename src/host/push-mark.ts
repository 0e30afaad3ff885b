/**
 * The environment variable of a push's ffmpeg that says the live folder of its stream. By it the warden finds one that an earlier
 * process has left: its arguments name no folder, and the environment of a process shows to its own user only.
 */
export const PUSH_FOLDER_VARIABLE = 'STREAMHERD_PUSH_OF';
