"""Our records equal those that the real Debezium wrote for the same scripts, byte for byte once what differs from run to run is masked."""

import difflib
import json
import re

import pytest

from harness import golden, records


@pytest.mark.parametrize("case", golden.cases())
def test_records_equal_debeziums(case, tmp_path):
    wanted = {variant: deviated(case, variant) for variant in golden.variants(case)}
    try:
        played = golden.play_millrace(case, tmp_path)
    except golden.NotHere as reason:
        pytest.skip(str(reason))
    for variant, got in played.items():
        assert got == wanted[variant], f"{variant} " + explain(wanted[variant], got, tmp_path / variant / "log")


# The cases whose changes.sql inserts the rows of setup.sql once more, with ids that are so much higher.
TWICE = {"scalars": 100, "scalars-schemas": 100, "arrays": 10, "arrays-schemas": 10, "modes": 100, "specials": 100,
         "specials-nano": 100, "postgis": 100, "pgvector": 100, "mysql-types": 100, "mysql-modes": 100, "mysql-converters": 100}
# MySQL's server prints a document in another form than its log has it, and one generated column goes by the id.
OTHERWISE = {"mysql-types": {("defaults", "j"), ("documents", "j"), ("documents", "jn"), ("odd", "g")}}


@pytest.mark.parametrize("case, variant", [(case, variant) for case in TWICE for variant in golden.variants(case)])
def test_a_row_is_the_same_in_snapshot_and_stream(case, variant):
    """Holds for what the test above makes our records equal to: each type in each mode, values and schemas."""
    rows = {"r": {}, "c": {}}
    for line in deviated(case, variant):
        value = json.loads(line)["value"] or {"op": "tombstone"}
        # The labels of an enum are those of the time: one case alters them in between.
        schema = re.sub(r'"allowed": "[^"]*"', "", json.dumps(value.pop("schema", None)))
        value = value.get("payload", value)
        if value["op"] in rows:
            after = value["after"]
            key, table = after.pop("id"), value["source"]["table"]
            after = {name: text for name, text in after.items() if (table, name) not in OTHERWISE.get(case, ())}
            rows[value["op"]][table, key] = json.dumps(after), schema
    assert rows["r"]
    for (table, key), row in rows["r"].items():
        assert rows["c"][table, key + TWICE[case]] == row


def deviated(case, variant):
    """Debezium's records, as we mean them where it disagrees with itself."""
    deviations, used, wanted = golden.deviations(case, variant), [], []
    for line in golden.expected(case, variant):
        line, here = records.deviate(line, deviations)
        wanted.append(line)
        used += here
    unused = [entry for entry in deviations if entry not in used]
    assert not unused, f"deviations that occur nowhere: {unused}"
    return wanted


def explain(wanted, got, log):
    """The first records that differ, with the part where they do."""
    text = [f"{len(wanted)} records wanted, {len(got)} came"]
    shown = 0
    for tag, a, b, c, d in difflib.SequenceMatcher(None, wanted, got, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        for n in range(max(b - a, d - c)):
            shown += 1
            if shown > 5:
                return "\n".join(text + ["…"])
            left, right = (lines[at + n] if at + n < end else "" for lines, at, end in ((wanted, a, b), (got, c, d)))
            text.append(f"record {a + n}:" + around(left, right))
    if log.exists():
        text.append(log.read_text(errors="replace")[-1500:])
    return "\n".join(text)


def around(left, right, width=160):
    common = next((n for n, (x, y) in enumerate(zip(left, right)) if x != y), min(len(left), len(right)))
    begin = max(0, common - 60)
    return f"\n  debezium {left[begin:common + width]}\n  millrace {right[begin:common + width]}"
