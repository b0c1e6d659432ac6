"""How options look in every verb's help. Apart from `cli.options`, because `cli.main` has to stay light."""

from cyclopts import Parameter

# Off is how every switch begins, and nothing is what most others begin with: neither needs to be said, nor undone.
PLAIN = Parameter(negative="", show_default=lambda value: None if value in (False, (), None) else str(value))
