"""The whole service on one machine: an embedded Valkey and the processes around it, started and kept running."""
