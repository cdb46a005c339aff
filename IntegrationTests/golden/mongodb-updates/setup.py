db.create_collection("docs", changeStreamPreAndPostImages={"enabled": True})
db.create_collection("plain")
for name in ("docs", "plain"):
    db[name].insert_many([
        {"_id": 1, "a": 1, "n": {"x": 1, "y": {"z": 1}}, "t": "text", "list": [1, 2, 3, 4, 5], "docs": [{"k": 1, "v": "a"}, {"k": 2, "v": "b"}], "gone": True},
        {"_id": 2, "a": 2}, {"_id": 3, "a": 3, "list": []}, {"_id": 4, "d": datetime.datetime(2024, 1, 1)}])
