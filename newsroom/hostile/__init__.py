"""A hostile press: every way in which servers, feeds and pages go wrong or attack, with healthy articles among them."""
