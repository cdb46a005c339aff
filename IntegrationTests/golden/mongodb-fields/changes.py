for name in ("docs", "other"):
    c = db[name]
    c.insert_one({"_id": 5, "secret": 1, "n": {"x": 1}, "list": [{"k": 1}], "deep": {"a": {"b": {"c": 1}}}})
    c.update_one({"_id": 1}, {"$set": {"secret": "t"}})
    c.update_one({"_id": 1}, {"$set": {"secret": "u", "last": False, "n.x": 2, "n.y": 3}})
    c.update_one({"_id": 1}, {"$set": {"n": {"x": 3, "z": 1}, "deep.a": {"b": 2}}})
    c.update_one({"_id": 1}, {"$set": {"list.0.k": 9, "list.0.v": 8, "list.2.k.k": 7, "deep.a.b": 5}})
    c.update_one({"_id": 1}, {"$unset": {"secret": "", "n.x": "", "deep.a.b": "", "last": ""}})
    c.update_one({"_id": 1}, [{"$set": {"array": {"$slice": ["$array", 1]}}}])
    c.update_one({"_id": 2}, {"$push": {"array": {"$each": [{"k": 1}, {"k": 2}]}}, "$set": {"secret": {"a": 1}}})
    c.replace_one({"_id": 3}, {"secret": "r", "n": {"x": 1, "y": 1}, "list": [{"k": 1, "v": 1}]})
    c.delete_one({"_id": 5})
