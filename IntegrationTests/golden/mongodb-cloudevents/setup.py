db.create_collection("docs", changeStreamPreAndPostImages={"enabled": True})
db.docs.insert_one({"_id": 1, "v": "x", "n": {"a": [1, 2]}})
db.docs.insert_one({"_id": "text", "v": None})
