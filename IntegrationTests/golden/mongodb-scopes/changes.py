other = client["golden_mongodb_scopes_other"]
for place in (db, other):
    for name in ("a", "b", "a.b", "ab", "new"):
        place[name].insert_one({"_id": 2, "in": name})
        place[name].update_one({"_id": 1}, {"$set": {"v": 2}})
        place[name].replace_one({"_id": 2}, {"v": 3})
        place[name].delete_one({"_id": 1})
