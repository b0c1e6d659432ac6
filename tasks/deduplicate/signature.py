"""Signs a text: its hashes, its MinHash and its candidate keys; the one place where datasketch is used.

datasketch's 128 permutations are drawn once and shared; each text's shingle hashes go in as ready 32-bit integers. That is
bit for bit what `MinHash.update` computes and some thirty times faster than calling it for each shingle.
"""

from operator import index

from datasketch import MinHash, MinHashLSH

from domain.records import Signature
from tasks.deduplicate import candidates
from tasks.deduplicate.recipe import Recipe
from tasks.deduplicate.shingles import Hashes, content_hash, shingle


class Signer:
    """Signs texts under one recipe. Holds nothing but the recipe and what derives from it; safe to share between threads."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.recipe_id = recipe.id
        # The hashes are ready: `index` returns an integer as it is.
        self._blank = MinHash(num_perm=recipe.permutations, seed=recipe.seed, scheme=recipe.scheme, hashfunc=index)
        self._ranges = MinHashLSH(num_perm=recipe.permutations, params=(recipe.bands, recipe.rows)).hashranges
        self._salts = candidates.salts(recipe)

    def sign(self, body: str) -> Signature:
        """Return the body's signature; about 0.3 ms for a news article of 450 words."""
        text = shingle(body, self.recipe)
        words = text.words
        minhash = self.minhash(text.hashes)
        bands = tuple(minhash[start * 4 : end * 4] for start, end in self._ranges) if words else ()
        sketch = candidates.sketch(text.hashes, text.positions, self.recipe)
        lead = content_hash(words[: self.recipe.lead_words]) if len(words) >= self.recipe.lead_words else None
        return Signature(
            recipe_id=self.recipe_id,
            content_hash=content_hash(words),
            lead_hash=lead,
            shingle_count=len(text.hashes),
            minhash=minhash,
            shingles=text.hashes.astype("<u8").tobytes(),
            keys=candidates.keys(bands, sketch, self._salts, self.recipe.tag),
            vocabulary=text.vocabulary.astype("<u4").tobytes(),
            characters=text.characters,
        )

    def minhash(self, hashes: Hashes) -> bytes:
        """Return the MinHash of a set of shingles: little-endian uint32 values, one for each permutation."""
        minhash = self._blank.copy()
        minhash.update_batch((hashes & 0xFFFFFFFF).tolist())
        return minhash.hashvalues.astype("<u4").tobytes()  # type: ignore[no-any-return]
