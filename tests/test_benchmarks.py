"""What the benchmarks compute: measures of rankings, splits and clusters, and the choice of weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import log2
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers import GermanAnalysis
from benchmarks.analysis.compounds import (
    Compound,
    evaluate,
    false_splits,
    read_council,
    read_segmented,
    read_whole,
)
from benchmarks.analysis.pairs import Pair, failures, our_finders, read_pairs
from benchmarks.analysis.stems import b_cubed
from benchmarks.analysis.typos import measure as measure_typos
from benchmarks.relevance.engines.ours import OURS, Searchsvc
from benchmarks.relevance.judged import Collection, JudgedSet, Query, read_set
from benchmarks.relevance.metrics import ndcg, paired_difference, recall, reciprocal_rank, score
from benchmarks.relevance.runs import Workplace
from benchmarks.tuning import Queries, coordinate_ascent, cross_validate, groups_by_document
from index.contract import Document
from index.whoosh.toc import open_latest
from tests.fixtures_index import TestIndex

GRADES = {"a": 2, "b": 1, "c": 0}


def test_ndcg_has_linear_gain_and_a_logarithmic_discount() -> None:
    """A grade counts as itself, divided by the logarithm of its rank, over the best order's sum."""
    ideal = 2 + 1 / log2(3)
    assert ndcg(["b", "x", "a"], GRADES) == pytest.approx((1 + 2 / log2(4)) / ideal)
    assert ndcg(["a", "b"], GRADES) == pytest.approx(1.0)


def test_ndcg_looks_at_ten_documents() -> None:
    """What comes at rank 11 counts for nothing, and more than ten relevant ones are no handicap."""
    assert ndcg([*"0123456789", "a"], GRADES) == 0.0
    many = {str(number): 1 for number in range(20)}
    assert ndcg([str(number) for number in range(10)], many) == pytest.approx(1.0)


def test_recall_counts_every_relevant_grade_to_its_depth() -> None:
    """Grade 1 is relevant, grade 0 is not, and depth cuts off."""
    assert recall(["c", "b"], GRADES) == 0.5
    assert recall(["x", "a", "b"], GRADES, depth=2) == 0.5


def test_reciprocal_rank_waits_for_the_wanted_grade() -> None:
    """The first document of the grade asked for decides."""
    assert reciprocal_rank(["b", "a"], GRADES, grade=2) == 0.5
    assert reciprocal_rank(["b", "a"], GRADES, grade=1) == 1.0
    assert reciprocal_rank(["x"], GRADES) == 0.0


def test_unjudged_documents_are_counted_among_the_first_ten() -> None:
    """Irrelevant is judged; unknown is not."""
    assert score(["c", "x", "a", "y"], GRADES, top_grade=2).unjudged == 2


@given(st.permutations(sorted(GRADES)))
def test_no_order_beats_the_ideal_one(ranking: list[str]) -> None:
    """Normalised means at most 1."""
    assert 0.0 <= ndcg(ranking, GRADES) <= 1.0 + 1e-12


def test_a_consistent_difference_is_told_from_noise() -> None:
    """The same small gain everywhere excludes zero; gains and losses that cancel out do not."""
    theirs = [0.5] * 40
    better = paired_difference([0.6] * 40, theirs, resamples=500)
    assert better.low > 0
    assert better.p < 0.05
    assert (better.wins, better.losses) == (40, 0)
    mixed = paired_difference([0.6, 0.4] * 20, theirs, resamples=500)
    assert mixed.low < 0 < mixed.high
    assert mixed.p > 0.5


def test_parts_are_equal_but_for_linking_letters() -> None:
    """The part "integrations" is integration; a wrong part costs precision, a missing one recall."""
    splits = {"Integrationszentrum": ("integrations", "zentrum"), "Ratssitzung": ("ratssi", "tzung")}
    compounds = [
        Compound("Integrationszentrum", ("integration", "zentrum")),
        Compound("Ratssitzung", ("rat", "sitzung")),
    ]
    result = evaluate(compounds, splits.__getitem__, str.lower)
    assert (result.exactness, result.precision, result.recall) == (0.5, 0.5, 0.5)
    assert result.wrong == [("Ratssitzung", ("rat", "sitzung"), ("ratssi", "tzung"))]


def test_further_parts_are_neither_wanted_nor_wrong() -> None:
    """What a list allows besides must not cost anything, given or not."""
    compound = Compound("Klimaschutzkonzept", ("klimaschutz", "konzept"), ("klima", "schutz"))
    for parts in (("klimaschutz", "konzept"), ("klimaschutz", "konzept", "klima")):
        assert evaluate([compound], lambda _word, parts=parts: parts, str.lower).exactness == 1.0


def test_the_word_itself_is_no_split() -> None:
    """A splitter may say that a word is whole by returning nothing or the word."""
    words = [Compound("Rathaus"), Compound("Gebühren")]
    assert false_splits(words, lambda word: (word,), str.lower) == []
    assert false_splits(words, lambda _word: (), str.lower) == []
    assert false_splits(words, lambda word: (word[:3], word[3:]), str.lower) == ["Rathaus", "Gebühren"]


def test_b_cubed_of_perfect_clusters_is_one() -> None:
    """Equal stems exactly where the gold has one cluster."""
    clusters = [["haus", "hauses"], ["rat"]]
    assert b_cubed(clusters, lambda form: form[:3]).f1 == 1.0


def test_b_cubed_counts_merged_and_separated_forms() -> None:
    """One stem for all costs precision, one for each costs recall; the means are over forms."""
    clusters = [["a", "b", "c"], ["d"]]
    merged = b_cubed(clusters, lambda _form: "")
    assert (merged.precision, merged.recall) == (pytest.approx((3 * 3 / 4 + 1 / 4) / 4), 1.0)
    apart = b_cubed(clusters, lambda form: form)
    assert (apart.precision, apart.recall) == (1.0, pytest.approx((3 * 1 / 3 + 1) / 4))


def test_queries_that_share_a_relevant_document_share_a_group() -> None:
    """Also through a third query."""
    groups = groups_by_document([frozenset("a"), frozenset("bc"), frozenset("ab"), frozenset("z")])
    assert groups[0] == groups[1] == groups[2] != groups[3]


def test_folds_keep_groups_together_and_lose_no_query() -> None:
    """Every query is held out exactly once, with all of its group."""
    queries = Queries(np.repeat([0, 1], 20), np.arange(40) // 4)
    folds = queries.folds(5)
    assert sorted(np.concatenate(folds).tolist()) == list(range(40))
    for fold in folds:
        assert len(fold) == 4 * len(np.unique(queries.groups[fold]))
        assert set(queries.sets[fold].tolist()) == {0, 1}


def test_every_set_counts_the_same() -> None:
    """A thousand easy queries do not drown ten hard ones."""
    queries = Queries(np.array([0, 1, 1, 1]), np.arange(4))
    assert queries.mean(np.array([1.0, 0.0, 0.0, 0.0])) == 0.5


def test_ascent_finds_the_best_values_and_leaves_what_does_not_matter() -> None:
    """A parameter without effect stays where it was."""

    def evaluate(values: dict[str, float]) -> np.ndarray:
        return np.array([-abs(values["title"] - 3)])

    start = {"title": 1.0, "unused": 1.0}
    chosen = coordinate_ascent(evaluate, start, {"title": (1, 2, 3, 4), "unused": (0, 1, 2)}, lambda s: float(s[0]))
    assert chosen == {"title": 3, "unused": 1.0}


def test_cross_validation_tells_a_real_gain_from_a_fitted_one() -> None:
    """A value that helps every query holds up on the held-out ones; one for each query's luck does not."""
    queries = Queries(np.zeros(60, dtype=np.intp), np.arange(60))
    noise = np.random.default_rng(1).normal(0, 0.2, (40, 60))

    def real(values: dict[str, float]) -> np.ndarray:
        return noise[0] + 0.1 * values["weight"]

    def luck(values: dict[str, float]) -> np.ndarray:
        return noise[int(values["weight"])]

    found = cross_validate(real, queries, {"weight": 0.0}, {"weight": (0, 1)})
    assert found.exceeds_noise
    assert found.gain == pytest.approx(0.1)
    fitted = cross_validate(luck, queries, {"weight": 0.0}, {"weight": range(40)})
    assert fitted.gain < fitted.gain_in_sample
    assert not fitted.exceeds_noise


def test_a_set_of_queries_is_read_with_its_judgements(tmp_path: Path) -> None:
    """Both layouts give the same queries and grades."""
    folder = tmp_path / "eval" / "council"
    folder.mkdir(parents=True)
    (folder / "queries.jsonl").write_text('{"id": "q1", "query": "Hunde", "kind": "topic"}\n', encoding="utf-8")
    (folder / "qrels.tsv").write_text("q1\t0\tdoc1\t2\nq1\t0\tdoc2\t0\n", encoding="utf-8")
    judged = read_set(tmp_path, "council", as_given=True)
    assert judged.queries == (Query("q1", "Hunde", "topic"),)
    assert judged.grades == {"q1": {"doc1": 2, "doc2": 0}}
    assert (judged.top_grade, judged.has_complete_judgements) == (2, True)
    (folder / "queries.jsonl").unlink()
    (folder / "queries.tsv").write_text("q1\tHunde\n", encoding="utf-8")
    assert read_set(tmp_path, "council", as_given=True).queries == (Query("q1", "Hunde"),)


def test_judgements_are_added_to_those_of_a_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the set itself count where both have one."""
    folder, added = tmp_path / "eval" / "council", tmp_path / "added"
    folder.mkdir(parents=True)
    added.mkdir()
    (folder / "queries.tsv").write_text("q1\tHunde\n", encoding="utf-8")
    (folder / "qrels.tsv").write_text("q1\t0\tdoc1\t2\n", encoding="utf-8")
    (added / "council.tsv").write_text("# judged later\nq1\t0\tdoc1\t0\nq1\t0\tdoc2\t1\n", encoding="utf-8")
    monkeypatch.setattr("benchmarks.relevance.judged.ADDED", added)
    assert read_set(tmp_path, "council").grades == {"q1": {"doc1": 2, "doc2": 1}}
    assert read_set(tmp_path, "council", as_given=True).grades == {"q1": {"doc1": 2}}


def test_a_sample_is_always_the_same() -> None:
    """Runs with the same sample can be compared, and a larger one goes on from a smaller."""
    queries = tuple(Query(str(number), "x") for number in range(100))
    judged = JudgedSet("set", "karlsruhe", queries, {})
    assert judged.sampled(10) == judged.sampled(10)
    assert len(judged.sampled(10).queries) == 10
    assert set(judged.sampled(10).queries) < set(judged.sampled(20).queries)
    assert judged.sampled(1000) is judged


class FakeRanker:
    """Ranks the documents it was given in their order, and counts what it is asked for."""

    name = "fake"
    index_name = "fake"

    def __init__(self, setting: int = 1) -> None:
        self.index_settings = {"setting": setting}
        self.settings: dict[str, int] = {}
        self.builds = 0
        self.asked: list[str] = []

    def build(self, folder: Path, documents: Iterable[Document]) -> None:
        self.builds += 1
        (folder / "ids").write_text(" ".join(document.id for document in documents), encoding="utf-8")

    def open(self, folder: Path) -> None:
        self.ids = (folder / "ids").read_text(encoding="utf-8").split()

    def rank(self, query: str, count: int) -> list[str]:
        self.asked.append(query)
        return self.ids[:count]


@pytest.fixture
def paragraphs(tmp_path: Path) -> Collection:
    """A collection of two documents."""
    folder = tmp_path / "data" / "eval" / "xquad-de"
    folder.mkdir(parents=True)
    lines = '{"_id": "d1", "text": "Hund"}\n{"_id": "d2", "text": "Katze"}\n'
    (folder / "docs.jsonl").write_text(lines, encoding="utf-8")
    return Collection("xquad-de", tmp_path / "data")


JUDGED = JudgedSet("set", "xquad-de", (Query("q", "Hund"),), {"q": {"d2": 1}})


def test_an_index_is_kept_for_the_same_settings_only(tmp_path: Path, paragraphs: Collection) -> None:
    """A second run builds nothing; other settings build anew."""
    first, again, other = FakeRanker(), FakeRanker(), FakeRanker(setting=2)
    for ranker in (first, again, other):
        run = Workplace(tmp_path / "cache").run(ranker, JUDGED, paragraphs, remember=False)
        assert run.rankings["q"].ids == ("d1", "d2")
        assert run.mean("reciprocal_rank") == 0.5
    assert (first.builds, again.builds, other.builds) == (1, 0, 1)


def test_changed_data_is_indexed_anew(tmp_path: Path, paragraphs: Collection) -> None:
    """The cache knows what the index was made of."""
    Workplace(tmp_path / "cache").run(FakeRanker(), JUDGED, paragraphs, remember=True)
    path = paragraphs.data / "eval" / "xquad-de" / "docs.jsonl"
    path.write_text('{"_id": "d2", "text": "Katze"}\n', encoding="utf-8")
    changed = Collection("xquad-de", paragraphs.data)
    run = Workplace(tmp_path / "cache").run(FakeRanker(), JUDGED, changed, remember=True)
    assert run.rankings["q"].ids == ("d2",)


def test_only_peers_rankings_are_remembered(tmp_path: Path, paragraphs: Collection) -> None:
    """Ours is asked again each time, because it is what changes."""
    ranker = FakeRanker()
    for remember, asked in ((True, True), (True, False), (False, True)):
        ranker.asked.clear()
        Workplace(tmp_path / "cache").run(ranker, JUDGED, paragraphs, remember=remember)
        assert bool(ranker.asked) is asked


def test_our_engine_ranks_judged_documents(tmp_path: Path, paragraphs: Collection) -> None:
    """The engine of the service answers the query as typed, through a request."""
    run = Workplace(tmp_path / "cache").run(Searchsvc(OURS, paragraphs), JUDGED, paragraphs, remember=False)
    assert run.rankings["q"].ids == ("d1",)


def test_pairs_are_asked_of_real_indexes(tmp_path: Path, analysis: GermanAnalysis) -> None:
    """A pair fails when the query misses what it must find or finds what it must not."""
    pairs = [
        Pair("Anträge", "Der Antrag", True, "found"),
        Pair("Hund", "Der Antrag", True, "missed"),
        Pair("Hund Antrag", "Der Antrag", False, "not all words"),
        Pair("Hund", "Der Hund", False, "found, but must not be"),
    ]
    for finds in our_finders(analysis, [pair.snippet for pair in pairs], tmp_path).values():
        assert [pair.why for pair in failures(pairs, finds)] == ["missed", "found, but must not be"]


def test_typing_errors_count_by_edits(make_index: Callable[..., TestIndex], analysis: GermanAnalysis) -> None:
    """An ending that makes no difference is right enough; words that cannot be told right or wrong are left out."""
    built = make_index(Document(id="1", title="Integrationszentrum Sitzung Sitzungen", pages=("Stadtrat Statrat",)))
    typos = [
        ("Intergrationszentrum", "Integrationszentrum"),
        ("Sitzugn", "Sitzung"),
        ("Statrat", "Stadtrat"),
        ("Sitzungs", "Sitzungen"),
        ("Fahrad", "Fahrrad"),
    ]
    (generation,) = built.folder.glob("gen-*")
    found = measure_typos(typos, built.engine, analysis, open_latest(generation, 0, None))
    assert (found.unknown, found.occurring) == (1, 1)
    outcomes = {edits: (one.tested, one.right, one.same_stem) for edits, one in found.by_edits.items()}
    assert outcomes == {1: (2, 2, 2), 2: (1, 0, 1)}


def test_word_lists_are_read(tmp_path: Path) -> None:
    """Each list has its own notation; entries that are no words are left out."""
    path = tmp_path / "list.txt"
    path.write_text(
        "Stadtratssitzung: stadtrat sitzung | stadt rat\nSportausschuss: sport ausschuss\n", encoding="utf-8"
    )
    assert read_council(path) == [
        Compound("Stadtratssitzung", ("stadtrat", "sitzung"), ("stadt", "rat")),
        Compound("Sportausschuss", ("sport", "ausschuss")),
    ]
    path.write_text("Klima, vereinbarung\nBrühl\nPLO-Terroristen\n", encoding="utf-8")
    assert read_segmented(path) == [Compound("Klimavereinbarung", ("Klima", "vereinbarung")), Compound("Brühl")]
    path.write_text("Adresse\nGrundlage_x\n", encoding="utf-8")
    assert read_whole(path) == [Compound("Adresse")]
    path.write_text("query\tdocument_snippet\tmatch\twhy\nRat\tIntegrations-\\nund\tno\tline end\n", encoding="utf-8")
    assert read_pairs(path) == [Pair("Rat", "Integrations-\nund", False, "line end")]
