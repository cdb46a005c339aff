db.create_collection("docs", changeStreamPreAndPostImages={"enabled": True})
oid = ObjectId("65e0c0de65e0c0de65e0c0de")
db.docs.insert_many([{"_id": 1, "v": 1, "n": {"x": 1}}, {"_id": oid, "v": 1}, {"_id": {"a": 1}, "v": 2}, {"_id": "text"}])
