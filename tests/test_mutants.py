import pytest

from tests import mutants


@pytest.mark.parametrize("target", list(mutants.TARGETS))
def test_what_is_damaged_is_read_or_refused_in_one_line(target):
    assert list(mutants.campaign(25, 0, [target], None)) == []
