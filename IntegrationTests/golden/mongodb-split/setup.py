db.create_collection("docs", changeStreamPreAndPostImages={"enabled": True})
db.docs.insert_one({"_id": 1, "big": "x" * 9_000_000, "v": 1})
