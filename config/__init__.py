"""What an operator may set: `settings` for how Copydesk behaves, `feedlist` for what it reads."""
