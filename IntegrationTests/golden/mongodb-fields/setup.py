for name in ("docs", "other"):
    db.create_collection(name, changeStreamPreAndPostImages={"enabled": True})
    db[name].insert_many([
        {"_id": 1, "secret": "s", "n": {"x": 1, "y": 2, "secret": 3}, "list": [{"k": 1, "v": 2}, 5, {"k": {"k": 2}}, [{"k": 3}]], "array": [1, 2, 3], "deep": {"a": {"b": 1, "c": 2}}, "last": True},
        {"_id": 2, "n": 5, "list": {"k": 1}, "deep": {"a": [{"b": 1}]}}, {"_id": 3, "secret": None}, {"_id": 4}])
