"""One transaction per batch: decide under the lock, write what was decided."""
