"""Whether an article is a copy of another, and of which story: recipe, signature, candidates, verdict, clusters."""
