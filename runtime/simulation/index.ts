/** Simulation of whole nodes in one thread, on a virtual clock, from one seed. */

export { seededRandom } from './random.ts'
export { Simulation, type SimulationOptions } from './simulation.ts'
