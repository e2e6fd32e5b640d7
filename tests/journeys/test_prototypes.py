"""No script of a page can change what all objects share, whatever a key is named."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.core]

TRIES = {
    "by the name of a key": "const made = {}; made['__proto__'] ??= {}; made['__proto__'].polluted = 1;",
    "by the text of an answer": """Object.assign({}, JSON.parse('{"__proto__": {"polluted": 1}}'))""",
    "by the constructor": "({})['constructor']['prototype']['polluted'] = 1;",
    "by definition": "Object.defineProperty(Object.prototype, 'polluted', {value: 1});",
}


def test_no_key_reaches_what_all_objects_share(browser, live_server, transactional_db):
    page = browser.new_page()
    page.goto(live_server.url + "/accessibility/")
    page.locator("script").nth(1).wait_for(state="attached")  # the first script, and those that it fetches
    for way, script in TRIES.items():
        found = page.evaluate(f"() => {{ try {{ {script} }} catch (error) {{}} return ({{}}).polluted ?? 'nothing'; }}")
        assert found == "nothing", way
    page.close()
    blank = browser.new_page()  # where nothing protects, the first way works: so this test can fail
    assert blank.evaluate(f"() => {{ {TRIES['by the name of a key']} return ({{}}).polluted; }}") == 1
    blank.close()
