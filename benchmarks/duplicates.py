"""How the threshold of nearly identical documents was chosen: ``python -m benchmarks.duplicates``.

Makes the signatures of all files of a real city, finds the pairs that have a band in common, and compares the estimated
similarity with the exact one. Prints pairs by similarity, and how many of a range are versions of one text: pairs whose
texts, word by word in order, are to 95 % the same.
"""

from __future__ import annotations

import random
import re
import statistics
import time
from collections import defaultdict

from rapidfuzz.distance import Indel

from benchmarks.collection import DATA, read_lines
from searchsvc.documents.signatures import bands, signature, similarities

RANGES = ((0.5, 0.6), (0.6, 0.7), (0.7, 0.8), (0.8, 0.85), (0.85, 0.9), (0.9, 0.95), (0.95, 1.0), (1.0, 1.01))
SAMPLE = 200
MOST_OF_A_BAND = 60
VERSION_SHARE = 0.95


def words_of(text: str) -> list[str]:
    """Return the words that signatures are made of."""
    return re.findall(r"\w+", text.lower())


def runs_of(words: list[str]) -> set[tuple[str, ...]]:
    """Return the runs of three words."""
    return set(zip(words, words[1:], words[2:], strict=False))


def main() -> None:
    """Print the tables."""
    texts = [record.get("text") or "" for record in read_lines(DATA / "karlsruhe" / "files.jsonl.xz")]
    start = time.process_time()
    made = {number: found for number, text in enumerate(texts) if (found := signature([text])) is not None}
    seconds = time.process_time() - start
    print(f"{len(texts):,} files, {len(made):,} of 30 words or more; {seconds / len(texts) * 1000:.2f} ms a file")
    buckets: dict[int, list[int]] = defaultdict(list)
    for number, found in made.items():
        for band in bands(found):
            buckets[band].append(number)
    pairs = {
        (one, other)
        for bucket in buckets.values()
        for place, one in enumerate(bucket[:MOST_OF_A_BAND])
        for other in bucket[place + 1 : MOST_OF_A_BAND]
    }
    estimated = {pair: similarities(made[pair[0]], [made[pair[1]]])[0] for pair in sorted(pairs)}
    print(f"{len(pairs):,} pairs have a band in common; the fullest band has {max(map(len, buckets.values()))} files")
    print("\n| estimated similarity | pairs | error of the estimate | versions of one text |")
    print("|---|---:|---:|---:|")
    chance = random.Random(1)
    for low, high in RANGES:
        found = [pair for pair, value in estimated.items() if low <= value < high]
        sample = chance.sample(found, min(SAMPLE, len(found)))
        errors, versions = [], 0
        for one, other in sample:
            first, second = words_of(texts[one]), words_of(texts[other])
            exact = len(runs_of(first) & runs_of(second)) / len(runs_of(first) | runs_of(second))
            errors.append(abs(estimated[one, other] - exact))
            versions += Indel.normalized_similarity(first, second) >= VERSION_SHARE
        label = f"{low} to {high}" if low < 1 else "1"
        print(f"| {label} | {len(found):,} | {statistics.mean(errors):.3f} | {versions / len(sample):.0%} |")


if __name__ == "__main__":
    main()
