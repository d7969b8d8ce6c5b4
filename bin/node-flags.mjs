/**
 * The flags that a node's process runs with; the bench starts its servers with them as well.
 *
 * By default V8 lets a heap grow to a multiple of what is alive before it collects, and gives young objects up to 32 MB on every
 * thread. After 15,000 connections have come at once that is 3 KB of garbage for each, which stays for the minute that V8 takes to
 * find that the thread has become quiet. With these it is 1 KB, and messages are no slower (bench: send).
 */
export const NODE_FLAGS = ['--max-semi-space-size=8', '--heap-growing-percent=30']
