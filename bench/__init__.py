"""Benchmarks: each compares the portal with a peer and with a floor, in one run on one machine."""
