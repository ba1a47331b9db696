"""The tables that a run prints hold all that was measured."""

from artinv.neural.results import scores_table
from tests.support import results_for_tests


def test_the_table_of_scores_has_the_controls_and_the_split(tmp_path):
    scores, _ = results_for_tests.neural(tmp_path)
    head, names, first, *_ = scores_table(scores).splitlines()
    assert "190 test trials, split by time, 14.5 minutes for training" in head
    assert names.split()[:7] == ["decoder", "PCC", "95", "%", "permuted", "p", "phases"]
    assert first.split()[3:] == ["0.812", "0.790", "to", "0.830", "0.001", "0.005", "-0.002", "0.62", "(0.75)", "0.38", "(0.50)",
                                 "5.5", "(4.5)"]
