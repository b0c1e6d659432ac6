"""The only room that opens sockets: one client, its guard, its budget, robots.txt."""
