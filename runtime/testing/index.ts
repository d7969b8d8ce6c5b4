/**
 * guildhall/runtime/testing: tests of actors without threads, without waiting, from a seed.
 *
 * `new Simulation({ seed, threads })` runs the actors on a virtual clock; `new Probe(simulation)` stands for
 * whoever talks to them.
 */

export { Simulation, type SimulationOptions, seededRandom } from '../simulation/index.ts'
export { Probe, type ProbeOptions } from './probe.ts'
