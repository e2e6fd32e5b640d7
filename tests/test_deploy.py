"""deploy/README.md is tried by script/try-deploy, which takes ten minutes; what a few lines can tell is told here."""

import re

from tests.services import ROOT


def test_the_trial_gives_a_value_to_each_name_of_the_first_block():
    first = (ROOT / "deploy/README.md").read_text().partition("```sh\n")[2].partition("```")[0]
    names = re.findall(r"^([A-Z]+)=", first, re.MULTILINE)
    trial = (ROOT / "script/try-deploy").read_text()

    assert names
    assert [name for name in names if not re.search(rf"['\"]{name}=", trial)] == []
