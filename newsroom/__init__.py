"""A simulated press: outlets, a wire agency, feeds, pages and faults, for the demo, the tests and the benchmarks."""
