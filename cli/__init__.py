"""One file per verb of the `copydesk` command."""
