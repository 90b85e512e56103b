"""The service on one machine: supervisor, embedded Valkey and checks."""
